import Foundation

/// Φ(x), the standard normal distribution function.
public func normalDistribution(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

/// Φ⁻¹(p) for p in (0, 1), to about 1e-15 relative.
///
/// Starts from Acklam's rational approximation (relative error 1.2e-9) and takes one Halley step.
public func normalQuantile(_ p: Double) -> Double {
  precondition(p > 0 && p < 1, "normalQuantile: \(p) is outside (0, 1)")
  // 1 − p would lose a small tail; symmetry keeps it.
  if p > 0.5 { return -normalQuantile(1 - p) }
  let x: Double
  if p < 0.02425 {
    let q = (-2 * log(p)).squareRoot()
    let c = [
      -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838, -2.549732539343734,
      4.374664141464968, 2.938163982698783,
    ]
    let d = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416]
    x = polynomial(c, q) / (polynomial(d, q) * q + 1)
  } else {
    let q = p - 0.5
    let r = q * q
    let a = [
      -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
      -3.066479806614716e+01, 2.506628277459239,
    ]
    let b = [
      -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
      -1.328068155288572e+01,
    ]
    x = polynomial(a, r) * q / (polynomial(b, r) * r + 1)
  }
  let error = normalDistribution(x) - p
  let step = error * (2 * Double.pi).squareRoot() * exp(x * x / 2)
  return x - step / (1 + x * step / 2)
}

/// The p-quantile of Student's t with `degrees` degrees of freedom (at least 1), for p in (0, 1).
public func studentQuantile(_ p: Double, degrees: Double) -> Double {
  precondition(p > 0 && p < 1 && degrees >= 1, "studentQuantile: p \(p), degrees \(degrees)")
  if p < 0.5 { return -studentQuantile(1 - p, degrees: degrees) }
  // P(T ≤ t) = 1 − ½ I(ν/(ν + t²); ν/2, ½) rises with t: double until it brackets p, then bisect.
  func distribution(_ t: Double) -> Double {
    1 - 0.5 * regularizedBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  }
  var low = 0.0
  var high = 2.0
  while distribution(high) < p, high < 1e12 { high *= 2 }
  for _ in 0..<100 {
    let middle = 0.5 * (low + high)
    if distribution(middle) < p { low = middle } else { high = middle }
  }
  return 0.5 * (low + high)
}

/// I(x; a, b), the regularised incomplete beta function, for x in [0, 1] and positive a, b.
///
/// Continued fraction by Lentz's method (Abramowitz & Stegun 26.5.8), on the side where it converges fast.
public func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  precondition(a > 0 && b > 0, "regularizedBeta: a \(a), b \(b)")
  if x <= 0 { return 0 }
  if x >= 1 { return 1 }
  if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(1 - x, b, a) }
  let logBeta: Double = lgamma(a) + lgamma(b) - lgamma(a + b)
  let logPower: Double = a * log(x) + b * log(1 - x)
  let front = exp(logPower - logBeta) / a
  var f = 1.0
  var c = 1.0
  var d = 0.0
  for i in 0...500 {
    let m = Double(i / 2)
    let base: Double = a + 2 * m
    let numerator: Double
    if i == 0 {
      numerator = 1
    } else if i % 2 == 0 {
      let product: Double = m * (b - m) * x
      numerator = product / ((base - 1) * base)
    } else {
      let product: Double = (a + m) * (a + b + m) * x
      numerator = -product / (base * (base + 1))
    }
    d = 1 + numerator * d
    d = 1 / (abs(d) < 1e-300 ? 1e-300 : d)
    c = 1 + numerator / (abs(c) < 1e-300 ? 1e-300 : c)
    f *= c * d
    if abs(1 - c * d) < 1e-15 { break }
  }
  return front * (f - 1)
}

/// P(X ≥ `successes`) for X binomial with `trials` trials of probability p: the exact one-sided test.
public func binomialUpperTail(successes: Int, trials: Int, _ p: Double) -> Double {
  precondition(successes >= 0 && successes <= trials, "binomialUpperTail: \(successes) of \(trials)")
  if successes == 0 { return 1 }
  return regularizedBeta(p, Double(successes), Double(trials - successes + 1))
}

/// c[0]·xⁿ + … + c[n], by Horner.
private func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
  coefficients.reduce(0) { $0 * x + $1 }
}
