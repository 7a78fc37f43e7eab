import ProbeAnalysis

// Swift Testing has an `Expectation` and Foundation a `Measurement`: in these tests the names mean ours.
typealias Expectation = ProbeAnalysis.Expectation
typealias Measurement = ProbeAnalysis.Measurement
