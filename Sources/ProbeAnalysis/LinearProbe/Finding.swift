/// Something that was found, or why it was not: one of both is nil.
public struct Finding<Value: Sendable & Codable & Equatable>: Sendable, Codable, Equatable {
  /// What was found.
  public var value: Value?
  /// Why nothing was.
  public let reason: String?

  /// A finding.
  public init(_ value: Value) { (self.value, reason) = (value, nil) }

  /// The lack of one.
  public init(reason: String) { (value, self.reason) = (nil, reason) }

  /// What `make` finds; the reason when the data do not allow it.
  init(_ make: () throws -> Value) throws {
    do {
      self.init(try make())
    } catch let error as Inapplicable {
      self.init(reason: error.description)
    } catch let error as StudyError {
      self.init(reason: error.description)
    }
  }
}
