"""What holds in every file of the program."""

import ast

from tests.environment import ROOT

PACKAGES = ("coach", "plans", "study", "llm_modes")
# Django's documented or customary names, and the documented one of a named tuple.
PUBLIC = {"_meta", "_state", "_base_manager", "_db", "_replace"}


def private_names_of_others(source: str) -> set[str]:
    """The private names that a module uses and does not define itself; those it takes from super() in any case."""
    nodes = list(ast.walk(ast.parse(source)))
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    defined |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    attributes = [
        (node, ast.unparse(node.value)) for node in nodes if isinstance(node, ast.Attribute) and node.attr[0] == "_"
    ]
    defined |= {node.attr for node, of in attributes if of in ("self", "cls") and isinstance(node.ctx, ast.Store)}
    used = {node.attr for node, of in attributes if node.attr not in defined or of == "super()"}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            paths = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            used |= {part for path in paths for part in path.split(".")}
    return {name for name in used if name.startswith("_") and not name.endswith("__")} - PUBLIC


def test_nothing_private_of_a_library_or_of_another_module_is_used():
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert len(sources) > 200
    found = {str(path.relative_to(ROOT)): private_names_of_others(path.read_text()) for path in sources}
    assert {path: names for path, names in found.items() if names} == {}


def test_what_is_private_is_recognised():
    assert private_names_of_others("transport._pool = 1") == {"_pool"}
    assert private_names_of_others("class A(B):\n def _urls(self):\n  return super()._urls()") == {"_urls"}
    assert private_names_of_others("from other import _part") == {"_part"}
    assert private_names_of_others("from library._inner import part") == {"_inner"}
    assert (
        private_names_of_others("class A:\n def _own(self):\n  return self._own(), self._meta, self.__dict__") == set()
    )
