"""Reads the plans of every statement of the program on a large database: `make explain`.

It needs the data folder of a demo crowd (`manage.py demo_data --users`). What the walk changes is taken back.
"""

import argparse
import os
import sys

# Fewer rows are read as quickly one by one as by an index.
MANY = 500
PASSWORD = "a password of the walk"


def main() -> int:
    """1 if a statement reads a whole table of candidates' rows, or an index is of no use; prints which."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("users", nargs="*", default=["candidate0001", "candidate0002"], help="whose walks")
    names = parser.parse_args().users
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.settings")
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    django.setup()
    from tests.queries.explained import named_indexes, rows_of_tables

    rows = rows_of_tables()
    whole, used = {}, set()
    for name in names:
        for plan in walked(name):
            used |= plan.indexes()
            if read := [one for one in plan.read_whole() if rows[one.split()[0]] >= MANY]:
                whole[f"{plan.step}: {plan.sql[:300]}"] = read
    for statement, read in whole.items():
        print(f"{', '.join(read)}\n    {statement}")
    unused = {name for name, table in named_indexes().items() if rows.get(table, 0) >= MANY} - used
    print(f"Statements that read a whole table: {len(whole)} (bar: 0).")
    print(f"Indexes that no statement needs: {', '.join(sorted(unused)) or 'none'} (bar: none).")
    return 1 if whole or unused else 0


def walked(name):
    """The plans of all statements of this candidate's walk."""
    from django.db import transaction

    from coach.models import User
    from tests.queries.explained import plans_of_all
    from tests.queries.walk import Walk

    user = User.objects.get(username=name)
    block = transaction.atomic()
    block._from_testcase = True  # asking refuses to run within a transaction, but not within that of a test
    with block:
        user.set_password(PASSWORD)
        user.save()
        with plans_of_all(small=False) as plans:
            walk = Walk(user, PASSWORD, plans.begin)
            walk.all()
        transaction.set_rollback(True)
    print(f"{name}: {len(plans.found)} statements")
    for refused in walk.refused:
        print(f"  refused: {refused}")
    return plans.found.values()


if __name__ == "__main__":
    sys.exit(main())
