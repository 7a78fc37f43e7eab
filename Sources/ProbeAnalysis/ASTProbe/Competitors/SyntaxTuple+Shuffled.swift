import ProbeMath

extension SyntaxTuple {
  /// A control tree: as many nodes of each kind in a snippet, at places that mean nothing.
  ///
  /// Gaps are permuted with their height and label together, so that the root keeps a root's label; unaries are
  /// permuted on their own. A probe that scores on such trees memorises or reads the snippet's length, not its syntax.
  ///
  /// - Parameters:
  ///   - seed: the study's seed.
  ///   - name: the snippet's own name. Under one name all snippets of a length would get one permutation, which
  ///     could be learnt.
  public func shuffled(seed: UInt64, name: String) -> SyntaxTuple {
    var stream = RandomStream(seed: seed, "ast-control-tree", name)
    let gaps = stream.permutation(heights.count)
    let leaves = stream.permutation(leafCount)
    return SyntaxTuple(
      heights: gaps.map { heights[$0] }, labels: gaps.map { labels[$0] }, unaries: leaves.map { unaries[$0] })
  }
}
