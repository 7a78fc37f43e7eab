/// Foreign text for terminals: no control character, bidirectional mark or other invisible character acts unseen.
public enum TerminalText {
  /// A token: blanks as ␣, line ends as ↵, invisible characters as ⟨U+202E⟩; long ones are cut.
  public static func token(_ text: String) -> String { VisibleText(text, policy: .token).flat }

  /// Running text on one line: blanks stay, line ends and tabs become ↵ and ⇥, the rest as in a token.
  public static func line(_ text: String) -> String {
    VisibleText(text, policy: .label).flat.replacing("\n", with: "↵").replacing("\t", with: "⇥")
  }
}
