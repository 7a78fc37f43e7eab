/// Labels and values.
enum FactsMarkup {
  static func list(_ facts: [Fact]) -> Markup {
    tag("dl", .class("facts")) {
      for fact in facts.prefix(Limits.facts) {
        tag("div") {
          tag("dt") { Markup.label(fact.label) }
          tag("dd") { fact.value }
        }
      }
      if facts.count > Limits.facts {
        tag("div") {
          tag("dt") { "Cut" }
          tag("dd") { "First \(Limits.facts) of \(NumberText.grouped(facts.count)) entries." }
        }
      }
    }
  }
}
