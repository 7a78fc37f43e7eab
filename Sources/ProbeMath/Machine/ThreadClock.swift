import Glibc

/// Seconds of processor time that the calling thread has used.
///
/// Rates of arithmetic on one thread are taken by this clock: what other programs use of the machine meanwhile stands
/// still in it, and a busy machine does not look like a slow one (apart from shared caches and clock rates).
public func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
