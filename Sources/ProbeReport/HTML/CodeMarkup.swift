/// A listing that scrolls sideways and can be reached by keyboard.
enum CodeMarkup {
  static func listing(_ listing: CodeListing, id: String) -> Markup {
    tag("figure", .class("listing")) {
      tag("figcaption", .id(id + ".caption")) { Markup.label(listing.caption) }
      tag(
        "pre", .id(id), Attribute("role", "region"), Attribute("aria-labelledby", id + ".caption"),
        Attribute("tabindex", "0")
      ) {
        tag("code") { Markup.text(listing.text, .listing) }
      }
    }
  }
}
