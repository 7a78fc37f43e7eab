import Foundation

/// The licence of a source file, as files beside it or above it say.
struct SourceLicense: Sendable, Equatable {
  /// What the licence is called: of `package.json`, else by its words, else the name of its file.
  let name: String
  /// The file with its text, inside of the folder that was searched; nil where only a name was found.
  let file: String?
  /// The text.
  let text: String
}

/// Finds licences, each folder once.
struct LicenseFinder {
  private var known: [String: SourceLicense?] = [:]

  /// The licence of a file: of the nearest folder, from its own up to the one that was searched, that says one.
  mutating func license(of file: SourceWalk.File) -> SourceLicense? {
    var (path, name) = (file.path, file.name)
    var passed: [String] = []
    var found: SourceLicense?
    while path != file.root, !path.isEmpty {
      (path, name) = (Self.parent(path), Self.parent(name))
      if let earlier = known[path] {
        found = earlier
        break
      }
      passed.append(path)
      found = Self.license(in: path, name: name)
      if found != nil { break }
    }
    for folder in passed { known[folder] = .some(found) }
    return found
  }

  /// The path without its last component. Foundation's `deletingLastPathComponent` traps on some short names.
  private static func parent(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  private static func license(in folder: String, name: String) -> SourceLicense? {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let named = declared(folder)
    let file = entries.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.first { entry in
      ["LICENSE", "LICENCE", "COPYING"].contains { entry.uppercased().hasPrefix($0) }
    }
    guard let file, let data = FileManager.default.contents(atPath: folder + "/" + file) else {
      return named.map { SourceLicense(name: $0, file: nil, text: "") }
    }
    let text = String(decoding: data, as: UTF8.self)
    return SourceLicense(
      name: named ?? recognized(text) ?? file, file: name.isEmpty ? file : name + "/" + file, text: text)
  }

  /// What `package.json` declares.
  private static func declared(_ folder: String) -> String? {
    struct Package: Decodable { let license: String? }
    guard let data = FileManager.default.contents(atPath: folder + "/package.json") else { return nil }
    return (try? JSONDecoder().decode(Package.self, from: data))?.license
  }

  /// SPDX identifiers by words that the licences alone have.
  private static func recognized(_ text: String) -> String? {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let signs = [
      ("Apache License Version 2.0", "Apache-2.0"),
      ("PYTHON SOFTWARE FOUNDATION LICENSE", "PSF-2.0"),
      ("GNU GENERAL PUBLIC LICENSE", "GPL"), ("GNU LESSER GENERAL PUBLIC LICENSE", "LGPL"),
      ("Permission to use, copy, modify, and/or distribute this software", "ISC"),
      ("Permission is hereby granted, free of charge", "MIT"),
      ("Neither the name of", "BSD-3-Clause"),
      ("Redistributions in binary form must reproduce", "BSD-2-Clause"),
    ]
    return signs.first { words.contains($0.0) }?.1
  }
}
