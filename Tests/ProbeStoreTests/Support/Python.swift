import Foundation
import Testing

/// Runs a script under python3 with nothing but its standard library, in a folder; gives the lines that it prints.
func python(_ script: String, in folder: Folder) throws -> [String] {
  let run = Process()
  let output = Pipe()
  run.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  run.arguments = ["python3", "-c", script]
  run.currentDirectoryURL = folder.url
  run.standardOutput = output
  try run.run()
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  run.waitUntilExit()
  #expect(run.terminationStatus == 0, "python3 with its standard library is needed for this test")
  return text.split(separator: "\n").map { String($0) }
}
