// swift-tools-version: 6.1
import PackageDescription

// Apart from the main package, which nobody should have to build benchmarks for.
let package = Package(
  name: "benchmarks",
  dependencies: [
    .package(name: "probe", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .executableTarget(
      name: "probe-bench",
      dependencies: [
        .product(name: "ProbeAnalysis", package: "probe"),
        .product(name: "ProbeMath", package: "probe"),
        .product(name: "ProbeModel", package: "probe"),
        .product(name: "ProbeStore", package: "probe"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
