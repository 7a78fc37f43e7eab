public struct CausalColumn: Sendable, Codable, Equatable {}
