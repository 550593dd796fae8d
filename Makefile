# `make run` starts the coach, `make test` runs its tests; both need python3 (3.11 or newer) and make, nothing else.
# What stands behind ## is what `make help` says.

PYTHON ?= python3
IN_VENV = .venv/bin/python

.PHONY: run help test access fuzz llm-faults faults plan-machine fortnight real-model bench-tokens growth explain bench-pages profile-home bench-load load machines drill dashboard check format lock

run: .venv/installed  ## start the coach and print its address
	@$(IN_VENV) manage.py serve

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s%s\n", $$1, $$2 }' Makefile

# `make test ARGS=tests/plans/test_levels.py` for one file; ARGS takes whatever pytest does.
ON_ALL_CORES = --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder
test: .venv/installed-dev  ## run all tests, or those of ARGS=tests/plans
	@$(IN_VENV) -m pytest $(or $(ARGS),$(ON_ALL_CORES))

# Whoever comes to any route with any method; `make test` has one of those that a route does not take.
access: .venv/installed-dev  ## ask every route with every method by everybody
	@COACH_ALL_ACCESS=1 $(IN_VENV) -m pytest --numprocesses=0 --quiet tests/security/test_access.py

# Ten minutes of Schemathesis against the REST facade; `make fuzz SECONDS=60` for less.
SECONDS = 600
fuzz: .venv/installed-dev  ## send generated requests to the REST facade for ten minutes
	@$(IN_VENV) -m tests.client.fuzz $(SECONDS)

# Every fault of an LLM provider against every mode over real HTTP, at full length, with a table: some ten minutes.
llm-faults: .venv/installed-dev  ## play every fault of a provider against every mode, and print the table
	@COACH_ALL_FAULTS=1 $(IN_VENV) -m pytest --numprocesses=0 --quiet tests/llm_modes/provider/test_faults.py

# A thousand ways of agreeing on a plan, 30 steps each: a quarter of an hour. `make plan-machine RUNS=300` for less.
plan-machine: .venv/installed-dev  ## agree on a plan in a thousand ways, and check each step
	@COACH_TEST_RUNS=$(or $(RUNS),1000) $(IN_VENV) -m pytest --numprocesses=0 --quiet tests/plans/test_plan_machine.py

# Weeks of practice under a moving clock, for many kinds of people, with tables and what must hold: ten minutes at most.
# `ALL=1` for every person, coach, pace and length; `PERSONA=stuck` for one, with `COACH=`, `A_DAY=`, `DAYS=`; `LONG=1`, `PAGES=folder`.
fortnight: .venv/installed-dev  ## practise for weeks as 30 kinds of people, and print which promise broke
	@$(IN_VENV) -W ignore -m tests.fortnight

# A tiny model on llama-cpp-python's server and on llama.cpp's own: every mode, and the whole loop. The first time it builds
# both in .real-model (REAL_MODEL_DIR=folder), with g++ and make; 95 minutes or more for `RUNS=20` of each mode, which is the default.
# `RUNS=2` for a short one, with `SERVER=llama.cpp`, `MODE=plan_chat`, `LOOP=no`.
real-model: .venv/installed-dev  ## run every mode and the whole loop on two real servers with a tiny model
	@$(IN_VENV) -W ignore -m tests.real_model

# What a candidate's day costs in tokens, next to the goal.
bench-tokens: .venv/installed-dev  ## count the tokens of a candidate's day, mode by mode
	@$(IN_VENV) -W ignore -m tests.llm_modes.user_day

# Every route with ten thousand copies of each row: half an hour. `MANY=2000` takes five minutes.
growth: .venv/installed-dev  ## count each page's queries with 10,000 of everything, which have to be as many as with a few
	@COACH_GROWTH=$(or $(MANY),10000) $(IN_VENV) -m pytest --numprocesses=0 --quiet tests/test_growth.py

# Each page against a bare Django view on the same server, as a table with the bars. On a quiet machine with two processors,
# minutes for the data and six for the pages. `DATA=folder` takes the data of an earlier run, `USERS=50 DAYS=14` makes few,
# `PAGES="/ /plan/"` measures some, `ROUNDS=3 SLICE=0.2` takes less time, `BY=processor` suits a machine that is not quiet.
bench-pages: .venv/installed-dev  ## measure each page against a bare Django view, and name the bars that do not hold
	@$(IN_VENV) -W ignore -m tests.bench.pages --data="$(DATA)" --users=$(or $(USERS),1000) --days=$(or $(DAYS),180) \
	  --rounds=$(or $(ROUNDS),10) --slice=$(or $(SLICE),0.25) --by=$(or $(BY),requests) --pages $(PAGES)

# The plan that PostgreSQL makes for each statement of pages, forms, REST and tasks, on the data folder of a crowd that `manage.py
# demo_data --users 1000 --days 180` has made: `make explain DATA=folder`. A minute; what it changes there is taken back.
explain: .venv/installed-dev  ## name each statement that reads a whole table, and each index that none needs
	@COACH_DATA_DIR="$(or $(DATA),.data)" $(IN_VENV) -W ignore -m tests.queries $(NAMES)

# Where the processor's time of one request for home goes, layer by layer, and what it asks the database for.
profile-home: .venv/installed-dev  ## print where home's processor time goes
	@$(IN_VENV) -W ignore -m tests.bench.home_profile

# Ways of running the web server against each other. On a quiet machine, seven minutes; `WAYS="threads=96 threads=8"` for some.
bench-threads: .venv/installed-dev  ## measure the web server with fewer and more threads and processes
	@$(IN_VENV) -W ignore -m tests.bench.threads --data="$(DATA)" --page=$(or $(PAGE),/) --rounds=$(or $(ROUNDS),10) \
	  --ways $(WAYS)

# The whole program after a candidate has practised and left; two minutes. `CANDIDATES=8` for more of them.
bench-memory: .venv/installed-dev  ## measure the memory of the whole program at rest
	@$(IN_VENV) -W ignore -m tests.bench.memory --candidates=$(or $(CANDIDATES),1)

# Kills every kind of process under practising candidates, and prints what survived and how soon: ten minutes; then has
# a process killed while a model takes its time: six minutes.
faults: .venv/installed-dev  ## kill every kind of process under load, and print what was lost
	@$(IN_VENV) -m tests.study.faults
	@$(IN_VENV) -W ignore -m tests.stack.slow_model

# Fifty candidates who practise for five minutes on a big database, with times to think as in life and a model that takes 1 to 8 s and
# fails now and then: a table by route, and the bars. `CANDIDATES=200` shows how it degrades: then only correctness is a bar.
# `DATA=folder` works on a copy of a prepared data folder, `USERS=60 DAYS=14` makes a small one; `MINUTES=1 PACE=0.3` is shorter.
bench-load: .venv/installed-dev  ## let 50 candidates practise for five minutes, and check every word of it
	@$(IN_VENV) -W ignore -m tests.load.bench_load --candidates=$(or $(CANDIDATES),50) --minutes=$(or $(MINUTES),5) \
	  --data="$(DATA)" --users=$(or $(USERS),1000) --days=$(or $(DAYS),180) --pace=$(or $(PACE),1)

# Two web servers and two workers as on two machines, one PostgreSQL, requests to either at random: one of each is killed, then
# both are restarted one after the other with a migration. `CANDIDATES=8 MINUTES=1.5` for a shorter one, `DATA=folder` as above.
machines: .venv/installed-dev  ## let 20 candidates practise on two machines, of which parts die and restart
	@$(IN_VENV) -W ignore -m tests.load.machines --candidates=$(or $(CANDIDATES),20) --minutes=$(or $(MINUTES),3) --data="$(DATA)"

# Fifty candidates at once, as the specification asks for, with a model that takes 3 s: at p95 half a second may come on top of that.
load: .venv/installed-dev  ## let 50 candidates hand in at once, and say what comes on top of the model's time
	@$(IN_VENV) -m tests.load.fifty_candidates

# The dashboard of ops/grafana and the alerts of ops/prometheus, each asked of a real Prometheus that scrapes the running coach: half
# a minute. Needs Prometheus (Debian and Ubuntu: sudo apt install prometheus).
dashboard: .venv/installed-dev  ## ask a real Prometheus for each panel of the dashboard
	@$(IN_VENV) -W ignore -m tests.stack.dashboard

# A backup restored on a machine that has nothing else, with seconds, sizes and memory; a folder of PostgreSQL 16 and a database
# of release 0.2.0 with 300,000 answers brought up to date, the latter under load.
# `make drill DATA=folder` copies that data folder and takes it, with `BESIDE=folder` for the copies.
drill: .venv/installed-dev  ## restore a backup on a new machine at full size, and print what that takes
	@COACH_DRILL=1 $(IN_VENV) -m pytest --numprocesses=0 --quiet tests/coach/backups/test_other_major_version.py tests/coach/test_migrating_from_release_0_2.py
	@DATA=$(DATA) BESIDE=$(BESIDE) $(IN_VENV) -m tests.coach.backups.drill

# Settings as in production. Nothing here may start the embedded database, so it gets an address where none is.
check: export DATABASE_URL = postgresql://nobody@127.0.0.1:1/none
check: export SECRET_KEY = only-for-the-checks-0123456789-abcdefghijklmnopqrstuvwxyz
check: export COACH_ENCRYPTION_KEYS = b25seS1mb3ItdGhlLWNoZWNrcy0wMTIzNDU2Nzg5LWE=
check: export COACH_HTTPS = true
check: export DEBUG = false
check: .venv/installed-dev  ## lint, types, templates, migrations, Django's deployment checks
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m ruff format --check .
	$(IN_VENV) -m mypy
	$(IN_VENV) -m djlint templates --quiet --check --lint
	$(IN_VENV) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(IN_VENV) manage.py check --deploy --fail-level WARNING

# Mends what can be mended without thinking.
format: .venv/installed-dev  ## set Python and templates as the linters want them
	$(IN_VENV) -m ruff check --fix .
	$(IN_VENV) -m ruff format .
	$(IN_VENV) -m djlint templates --quiet --reformat

# Resolves requirements*.in anew. No address of a package index gets into the files.
PIP_COMPILE = CUSTOM_COMPILE_COMMAND="make lock" .venv-lock/bin/pip-compile --quiet --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-options
lock:  ## resolve requirements*.in anew, with hashes
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet pip-tools
	$(PIP_COMPILE) --output-file=requirements.txt requirements.in
	$(PIP_COMPILE) --output-file=requirements-dev.txt requirements-dev.in
	$(PIP_COMPILE) --output-file=tests/real_model/requirements.txt tests/real_model/requirements.in

.venv/installed: requirements.txt | .venv/usable
	@echo "Installing what the coach is built from; this takes a minute, the first time only."
	@$(IN_VENV) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo "Installing what the tests need."
	@$(IN_VENV) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# Looked at in each run: a virtual environment dies when the python that made it is replaced.
.PHONY: .venv/usable
.venv/usable:
	@$(IN_VENV) -c "" 2>/dev/null || { \
	  $(PYTHON) -c "" 2>/dev/null || { echo "python3 was not found: install Python 3.11 or newer." >&2; exit 1; }; \
	  $(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || \
	    { echo "Python 3.11 or newer is needed, this is $$($(PYTHON) -V). Choose another: make PYTHON=python3.12" >&2; exit 1; }; \
	  $(PYTHON) -c "import venv, ensurepip" 2>/dev/null || \
	    { echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }; \
	  $(PYTHON) -m venv --clear .venv; }
