import Testing

@testable import ProbeSyntax

/// What cleaning takes out, and what it leaves.
@Suite(.needsGrammars) struct CodeCleanerTests {
  private func clean(_ text: String, _ language: SourceLanguage = .python) throws -> String {
    try CodeCleaner(try TestGrammar.of(language)).clean(text)
  }

  @Test func commentsDocstringsAndBlankLinesGo() throws {
    let source = """
      # top

      def f(a,  # first
            b):
          '''doc

          string'''
          # alone
          x = "# no comment"   # trailing

          return x

      """
    #expect(
      try clean(source) == """
        def f(a,
              b):
            x = "# no comment"
            return x

        """)
  }

  @Test func whatLiesInsideOfStringsStays() throws {
    let source = "x = '''a  \n\n  # b\n'''\n"
    #expect(try clean(source) == source)
    let template = "x = `a\n\n // b ${c /* d */}`;\n"
    #expect(try clean(template, .javascript) == template)
    let raw = "var x = `a\n\n// b`\n"
    #expect(try clean(raw, .go) == raw)
  }

  @Test func aStringThatIsUsedIsNoDocstring() throws {
    let source = "def f():\n    return 'a'\nf('b')\n"
    #expect(try clean(source) == source)
  }

  @Test func aCommentBetweenTokensLeavesThemApart() throws {
    #expect(try clean("int/* a */x;\n", .c) == "int x;\n")
    // A comment with a line break ends a statement in JavaScript.
    #expect(try clean("return /* a\n b */ x;\n", .javascript) == "return\n x;\n")
    #expect(try clean("f(a /* b */, c);\n", .javascript) == "f(a , c);\n")
  }

  @Test func carriageReturnsStay() throws {
    #expect(try clean("x = 1  # a\r\n\r\ny = 2\r\n") == "x = 1\r\ny = 2\r\n")
  }

  @Test func cleaningTwiceIsCleaningOnce() throws {
    let source = "def f():\n\t'a'\n\n\tif x: # b\n\t\treturn (1, # c\n\n\t\t 2)\n"
    let once = try clean(source)
    #expect(try clean(once) == once && once == "def f():\n\tif x:\n\t\treturn (1,\n\t\t 2)\n")
  }
}
