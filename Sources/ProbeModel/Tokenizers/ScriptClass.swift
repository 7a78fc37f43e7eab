/// The classes of characters that `UnicodeScripts` keeps together: one a script, Hiragana and Katakana with Han.
///
/// Swift has no script property, and the reference's table is of an older Unicode than any library's, so the
/// classes are written out, as `make_scripts.py` found them by asking the reference about every character.
enum ScriptClass {
  /// The class of a scalar; 0 for one that belongs anywhere, a space or one without a script.
  static func of(_ value: UInt32) -> UInt8 {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].end < value { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].start <= value ? ranges[low].kind : 0
  }

  private static let ranges: [(start: UInt32, end: UInt32, kind: UInt8)] = {
    var ranges: [(start: UInt32, end: UInt32, kind: UInt8)] = []
    var next: UInt32 = 0
    for word in table.split(whereSeparator: { $0.isWhitespace }) {
      let numbers = word.split(separator: ".").compactMap { UInt32($0, radix: 36) }
      precondition(numbers.count == 3, "ScriptClass: \(word) in the table")
      let start = next + numbers[0]
      let end = start + numbers[1]
      ranges.append((start, end, UInt8(numbers[2])))
      next = end + 1
    }
    return ranges
  }()

  /// Ranges in base 36: characters passed over, length less one, class.
  private static let table = """
    0.v.1 1.v.1 0.p.2 0.5.1 0.p.2 0.1a.1 0.0.2 0.e.1 0.0.2 0.4.1 0.m.2 0.0.1 0.u.2 0.0.1 0.cg.2 0.12.1
    0.4.2 0.4.1 0.1.3 0.j.1 0.33.4 0.3.5 0.0.1 0.2.5 2.3.5 0.0.1 0.0.5 4.0.5 0.0.1 0.0.5 0.0.1 0.2.5
    1.0.5 1.j.5 1.1q.5 0.d.6 0.f.5 0.3o.7 0.1.4 0.4o.7 1.11.8 2.6.8 1.12.8 1.0.1 0.0.8 2.2.8 1.1i.9 8.q.9
    5.4.9 b.4.a 0.0.1 0.5.a 0.0.1 0.d.a 0.1.1 1.0.a 0.0.1 0.v.a 0.0.1 0.9.a 0.a.4 0.p.a 0.0.4 0.2z.a
    0.0.1 0.x.a 0.d.b 1.1n.b 2.2.b 0.1b.a 0.1d.c e.1m.d 5.19.e 2.e.e 1.r.f 2.0.f 1t.k.a 1.7.a m.d.a 0.0.1
    0.s.a 0.28.g 0.1.4 0.g.g 0.1.1 0.p.g 0.3.h 1.7.h 2.1.h 2.l.h 1.6.h 1.0.h 3.3.h 2.8.h 2.1.h 2.3.h
    8.0.h 4.1.h 1.4.h 2.l.h 5.2.i 1.5.i 4.1.i 2.l.i 1.6.i 1.1.i 1.1.i 1.1.i 2.0.i 1.4.i 4.1.i 2.2.i 3.0.i
    7.3.i 1.0.i 7.f.i b.2.j 1.8.j 1.2.j 1.l.j 1.6.j 1.1.j 1.4.j 2.9.j 1.2.j 1.2.j 2.0.j f.3.j 2.b.j 7.0.j
    7.2.k 1.7.k 2.1.k 2.l.k 1.6.k 1.1.k 1.4.k 2.8.k 2.1.k 2.2.k 8.1.k 4.1.k 1.4.k 2.h.k a.1.l 1.5.l 3.2.l
    1.3.l 3.1.l 1.0.l 1.1.l 3.1.l 3.2.l 3.b.l 4.4.l 3.2.l 1.3.l 2.0.l 6.0.l e.k.l 5.3.m 1.7.m 1.2.m 1.m.m
    1.f.m 3.7.m 1.2.m 1.3.m 7.1.m 1.2.m 5.3.m 2.9.m 8.7.m 0.3.n 1.7.n 1.2.n 1.m.n 1.9.n 1.4.n 2.8.n 1.2.n
    1.3.n 7.1.n 7.0.n 1.3.n 2.9.n 1.1.n e.2.o 1.7.o 1.2.o 1.14.o 2.7.o 1.2.o 1.5.o 4.f.o 2.p.o 2.1.p
    1.h.p 3.n.p 1.8.p 1.0.p 2.6.p 3.0.p 4.5.p 1.0.p 1.7.p 6.9.p 2.2.p c.1l.q 4.0.1 0.r.q 11.1.r 1.0.r
    2.1.r 1.0.r 2.0.r 6.3.r 1.6.r 1.2.r 1.0.r 1.0.r 2.1.r 1.c.r 1.2.r 2.4.r 1.0.r 1.5.r 2.9.r 2.3.r
    w.1z.s 1.z.s 4.12.s 1.z.s 1.e.s 1.6.s 0.3.1 0.1.s 11.4f.t 0.11.u 1.0.u 5.0.u 2.16.u 0.0.1 0.3.u
    0.73.v 0.20.w 1.3.w 2.6.w 1.0.w 1.3.w 2.14.w 1.3.w 2.w.w 1.3.w 2.6.w 1.0.w 1.3.w 2.e.w 1.1k.w 1.3.w
    2.1u.w 2.v.w 3.p.w 6.2d.x 2.5.x 2.hr.y 0.s.z 3.22.10 0.2.1 0.a.10 7.c.11 1.6.11 b.k.12 0.1.1 9.j.13
    c.c.14 1.2.14 1.1.14 c.2l.15 2.9.15 6.9.15 6.1.16 0.1.1 0.0.16 0.0.1 0.8.16 1.9.16 6.2f.16 8.16.16
    5.1x.y a.u.17 1.b.17 4.b.17 4.0.17 3.b.17 0.t.18 2.4.18 b.17.19 4.p.19 6.a.19 3.1.19 0.v.15 0.r.1a
    2.1.1a 0.1q.1b 1.s.1b 2.a.1b 6.9.1b 6.d.1b 2.e.4 1t.23.1c 4.18.1c 3.1r.1d 0.1f.1e 8.3.1e 0.1j.1f
    3.e.1f 3.2.1f 0.1b.1g 0.8.7 1j.7.1d 8.2.4 0.0.1 0.c.4 0.0.1 0.6.4 0.3.1 0.0.4 0.5.1 0.0.4 0.1.1 1.1.4
    6.11.2 0.4.5 0.0.7 0.1c.2 0.4.5 0.3.2 0.4.5 0.c.2 0.0.7 0.1x.2 0.0.5 0.1h.4 5.4.4 0.73.2 0.l.5 2.5.5
    2.11.5 2.5.5 2.7.5 1.0.5 1.0.5 1.0.5 1.u.5 2.1g.5 1.e.5 1.d.5 2.5.5 1.i.5 2.2.5 1.8.5 1.b.1 0.1.4
    0.2e.1 1.a.1 0.0.2 2.a.1 0.0.2 0.e.1 1.c.2 3.u.1 h.w.4 f.11.1 0.0.5 0.2.1 0.1.2 0.5.1 0.0.2 0.q.1
    0.0.2 0.g.1 0.14.2 0.2.1 4.ha.1 1.12.1 p.a.1 l.pr.1 0.73.1h 0.hf.1 2.v.1 2.x.1 3.b.1 1.7.1 q.3.1
    g.1a.1i 1.1a.1i 1.v.2 0.37.6 5.6.6 0.11.u 1.0.u 5.0.u 2.1j.1j 7.1.1j e.0.1j 0.m.w 9.6.w 1.6.w 1.6.w
    1.6.w 1.6.w 1.6.w 1.6.w 1.6.w 1.v.7 0.1w.1 1n.p.1k 1.2g.1k c.5x.1k q.b.1 4.4.1 0.0.1k 0.0.1 0.0.1k
    0.o.1 0.8.1k 0.3.4 0.1.v 0.7.1 0.3.1k 0.3.1 1.2d.1k 2.1.4 0.1.1 0.2.1k 0.0.1 0.2h.1k 0.0.1 0.3.1k
    5.14.3 3.2l.v 1.f.1 0.q.3 5.z.1 c.f.1k 0.u.v 1.1r.1 0.u.v 0.28.1 0.1a.1k 1.2f.1k 0.4n.1 0.52t.1k
    a.1r.1 0.g5x.1k 16.wc.1l 3.1i.1l 9.1b.1m 0.8b.1n k.2n.7 0.2f.1o 8.x.1 0.2t.2 0.2.1 0.z.2 1.7.2 1r.8.2
    0.17.1p 4.9.1 6.1j.1q 8.1x.1r 8.b.1r 6.t.g 2.19.1s 0.0.1 0.0.1s 0.z.1t b.0.1t 0.s.v 3.25.1u 1.0.1
    0.9.1u 4.1.1u 0.u.t 1.1i.1v 9.d.1v 2.9.1v 2.3.1v 0.v.t 0.1u.1w o.4.1w 0.m.1x a.5.w 2.5.w 2.5.w 9.6.w
    1.6.w 1.16.2 0.0.1 0.8.2 0.0.5 a.27.x 0.19.1x 2.9.1x 6.8mb.v c.m.v 4.1c.v 6is.a5.1k 2.2x.1k 12.6.2
    c.4.8 5.p.9 1.4.9 1.0.9 1.1.9 1.1.9 1.9.9 0.35.a h.a2.a 0.1.1 g.1r.a 2.1h.a 14.d.a 2.f.4 0.9.1 6.d.4
    0.1.7 0.y.1 1.i.1 1.3.1 4.4.a 1.3q.a 2.0.1 1.v.1 0.p.2 0.5.1 0.p.2 0.a.1 0.9.1k 0.0.1 0.18.1k 0.1.1
    0.u.v 3.5.v 2.5.v 2.5.v 2.2.v 3.6.1 1.6.1 a.4.1 2.b.1y 1.p.1y 1.i.1y 1.1.1y 1.e.1y 2.d.1y y.3e.1y
    5.2.1 4.18.1 3.8.1 0.26.5 1.b.1 4.0.5 1b.18.1 0.0.4 3m.s.1z 3.1c.20 f.0.4 0.q.1 4.z.21 c.q.22 5.16.23
    5.t.24 1.0.24 0.z.25 4.d.25 16.27.26 0.1b.27 0.t.28 2.9.28 6.z.29 4.z.29 4.13.2a 8.1f.2b b.0.2b
    40.8m.2c 9.l.2c a.7.2c 48.5.2d 2.0.2d 1.17.2d 1.1.2d 3.0.2d 2.0.2d 0.l.2e 1.8.2e 0.v.2f 0.u.2g 8.8.2g
    1c.i.2h 1.1.2h 5.4.2h 0.r.2i 3.0.2i 0.p.2j 5.0.2j 1s.v.2k 0.n.2l 4.j.2l 2.19.2l 0.3.2m 1.1.2m 5.7.2m
    1.2.2m 1.q.2m 4.2.2m 4.8.2m 8.8.2m 7.v.2n 0.v.2o w.12.2p 4.b.2p 9.1h.2q 3.6.2q 0.l.2r 2.7.2r 0.i.2s
    5.7.2s 0.h.2t 7.3.2t c.6.2t 28.20.2u 1j.1e.2v d.1e.2v 7.5.2v 9s.u.a ap.25.2w 4.t.2w f.0.2w 0.1t.2x
    e.o.2y 7.9.2y 6.1g.2z 1.d.2z c.12.30 9.25.31 2.f.31 1.j.p b.h.32 1.17.32 1t.6.33 1.0.33 1.3.33 1.e.33
    1.a.33 6.1m.34 5.9.34 6.3.35 1.7.35 2.1.35 2.l.35 1.6.35 1.1.35 1.4.35 2.8.35 2.1.35 2.2.35 2.0.35
    6.0.35 5.6.35 2.6.35 3.4.35 3v.2h.36 1.0.36 1.0.36 y.1z.37 8.9.37 4m.1h.38 2.11.38 y.1w.39 b.9.39
    6.c.16 j.1j.3a 8.9.3a 1i.p.3b 3.e.3b 4.f.3b 9s.2a.3c c.0.3c cg.1k.3d 7b.8.3e 1.18.3e 1.d.3e a.s.3e
    3.v.3f 2.l.3f 1.d.3f nd.pl.3g 2u.32.3g 1.4.3g b.5f.3g 24c.tq.3h 34h.g6.3i 6nt.fs.1o 7.u.3j 1.9.3j
    4.1.3j 2o.t.3k 2.5.3k a.1x.3l a.9.3l 1.6.3l 1.k.3l 5.i.3l og.1w.3m b.1a.3m g.g.3m 1s.0.3n v.4q4.3n
    j.ky.3n 7bh.1.1k 2da.2y.3o 5.c.3o 3.8.3o 7.9.3o 2.3.3o 0.3.1 3to.6t.1 a.12.1 2.1p.1 0.2.4 0.g.1 0.7.4
    0.1.1 0.6.4 0.t.1 0.3.4 0.1m.1 n.1x.5 56.2e.1 9.h.1 3y.2c.1 1.1y.1 1.1.1 2.0.1 2.1.1 2.3.1 1.b.1
    1.0.1 1.6.1 1.1s.1 1.3.1 2.7.1 1.6.1 1.r.1 1.3.1 1.4.1 1.0.1 3.6.1 1.9f.1 2.83.1 2.1d.1 0.i3.3p
    f.4.3p 1.e.3p 11s.6.1i 1.g.1i 2.6.1i 1.1.1i 1.4.1i 1jp.5g.3q 2.f.3q 15.22.3r 5.9.3r 4.1.3r ww.3.a
    1.q.a 1.1.a 1.0.a 2.0.a 1.9.a 1.3.a 1.0.a 1.0.a 6.0.a 4.0.a 1.0.a 1.0.a 1.2.a 1.1.a 1.0.a 2.0.a 1.0.a
    1.0.a 1.0.a 1.0.a 1.1.a 1.0.a 2.3.a 1.6.a 1.3.a 1.3.a 1.0.a 1.9.a 1.g.a 5.2.a 1.4.a 1.g.a 1g.1.a
    7i.17.1 4.2r.1 c.e.1 2.e.1 1.e.1 1.10.1 a.c.1 3.u.1 1.1n.1 4.1o.1 1l.p.1 0.0.1k 0.1.1 d.17.1 4.8.1
    7.1.1 4u.r6.1 d.c.1 3.6.1 9.37.1 c.2c.1 17.b.1 4.1j.1 8.9.1 6.13.1 8.t.1 2q.e.1 1.7.1 8.0.1 2.b.1
    1.b.1 4.e.1 x.h.1 1a.0.1 18f.wye.1k 15.378.1k b.65.1k 2.4g1.1k 866.f1.1k fher.0.1 u.2n.1 3k.6n.4
    """
}
