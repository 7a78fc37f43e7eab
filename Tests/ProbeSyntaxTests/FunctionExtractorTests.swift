import Foundation
import Testing

@testable import ProbeSyntax

/// Functions of source files.
@Suite(.needsGrammars) struct FunctionExtractorTests {
  private func functions(_ text: String, _ language: SourceLanguage = .python) throws -> [SourceFunction] {
    try FunctionExtractor(try TestGrammar.of(language)).functions(in: text)
  }

  private func text(_ function: SourceFunction?) -> String? {
    if case .text(let text, _)? = function?.content { text } else { nil }
  }

  /// Python's own parser lists the functions of every file of its `json` package: names and lines must agree.
  @Test func functionsOfThePythonLibraryAreThoseOfPythonsParser() throws {
    let script = """
      import ast, json, pathlib
      for path in sorted(pathlib.Path(json.__file__).parent.glob("*.py")):
          tree = ast.parse(path.read_text(encoding="utf-8"))
          found = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
          print("\\t".join([str(path)] + [f"{n.lineno} {n.name}" for n in sorted(found, key=lambda n: n.lineno)]))
      """
    let lines = try output(of: "python3", ["-c", script]).split(separator: "\n")
    #expect(lines.count >= 5)
    var total = 0
    for line in lines {
      let fields = line.split(separator: "\t").map(String.init)
      let found = try functions(String(contentsOfFile: fields[0], encoding: .utf8))
      #expect(found.map { "\($0.line) \($0.name)" } == Array(fields.dropFirst()), "\(fields[0])")
      total += found.count
    }
    #expect(total > 20)
  }

  @Test func aMethodIsDedentedExceptInsideOfStrings() throws {
    let source = "class A:\n\tdef f(self):\n\t\tx = '''\n\t\ty'''\n\n\t\treturn (x,\n\t\t        1)\n"
    let found = try functions(source)
    #expect(text(found.first) == "def f(self):\n\tx = '''\n\t\ty'''\n\treturn (x,\n\t        1)")
    #expect(found.first?.line == 2)
    #expect(found.first?.range == 10..<(source.utf8.count - 1))
  }

  @Test func aFunctionOfNothingButADocstringHasNoText() throws {
    #expect(try functions("def f():\n    'doc'\n").map(\.content) == [.onlyDocstring])
    #expect(
      try functions("def f():\n    if x:\n        'doc'\n    return 1\n").map(\.content) == [.onlyDocstring])
    #expect(text(try functions("def f():\n    'doc'\n    pass\n").first) == "def f():\n    pass")
  }

  @Test func functionsInsideOfFunctionsFollowThem() throws {
    let found = try functions("def f():\n    def g():\n        return 1\n    return g\n\ndef h(): pass\n")
    #expect(found.map(\.name) == ["f", "g", "h"] && found.map(\.line) == [1, 2, 6])
    #expect(text(found[1]) == "def g():\n    return 1")
  }

  @Test func functionsOfABrokenFileAreFoundAndBrokenOnesTold() throws {
    let found = try functions("def f():\n    return 1\n\ndef g(:\n    return = 2\n")
    #expect(text(found.first) == "def f():\n    return 1")
    #expect(found.dropFirst().allSatisfy { text($0) == nil })
  }

  @Test func namesAreFoundInEveryPlace() throws {
    let script = """
      class A { constructor(a) { super(a); } get b() { return 1; } static async *c() {} #d() {} }
      const o = { e() {}, f: function g() {} };
      h.i = function () {};
      function* j() {}
      """
    #expect(try functions(script, .javascript).map(\.name) == ["constructor", "b", "c", "#d", "e", "g", "j"])
    let c = "static int *\na(int x)\n{\n  return 0;\n}\nint (*b(void))(int) { return 0; }\n"
    #expect(try functions(c, .c).map(\.name) == ["a", "b"])
    #expect(try functions("package p\nfunc (r *T) M() {}\nfunc F() {}\n", .go).map(\.name) == ["M", "F"])
    let java = "class X {\n  X() {}\n  @A int f() { return 1; }\n}\n"
    #expect(try functions(java, .java).map(\.name) == ["X", "f"])
    #expect(try functions("impl X {\n  pub fn f(&self) {}\n}\n", .rust).map(\.name) == ["f"])
  }
}
