#!/usr/bin/env python3
"""Golden values for the statistics and the linear probe, from scikit-learn and SciPy.

Run with scikit-learn 1.9 and SciPy 1.17; the tests read only the JSON:

    python3 make_probes.py > probes.json

Features are multiples of 1/64, so that float32 and the JSON hold them exactly. Probes are fitted in float64 on
standardised features (population deviation; constant columns divided by 1) to a gradient of 1e-12.
"""
import json
import numpy as np
from scipy import stats
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(20240611)


def standardised(x):
    scale = x.std(0)
    scale[scale == 0] = 1
    return (x - x.mean(0)) / scale


def objective(z, y, w, b, lam, weight):
    logits = z @ w.T + b
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    top = logits.max(1, keepdims=True)
    lse = (top + np.log(np.exp(logits - top).sum(1, keepdims=True)))[:, 0]
    return float((weight * (lse - logits[np.arange(len(y)), y])).mean() + lam / 2 * (w ** 2).sum())


def problem(name, n, d, k, signal, weighted=False, constant=False):
    y = np.arange(n) % k
    centres = rng.normal(size=(k, d)) * signal
    x = rng.normal(size=(n, d)) * np.exp(rng.normal(size=d)) + centres[y] + rng.normal(size=d) * 3
    x = np.round(x * 64) / 64
    if constant:
        x[:, 2] = 5.25
    weight = np.round(rng.uniform(0.25, 2, n) * 64) / 64 if weighted else np.ones(n)
    z = standardised(x)
    fits = []
    for c in (0.01, 1.0, 100.0):
        m = LogisticRegression(C=c, tol=1e-12, max_iter=200000, solver="newton-cg" if k > 2 else "newton-cholesky")
        m.fit(z, y, sample_weight=weight)
        w, b = m.coef_, m.intercept_
        fits.append(dict(C=c, coef=w.tolist(), intercept=b.tolist(),
                         objective=objective(z, y, w, b, 1 / (n * c), weight)))
    return dict(name=name, features=x.tolist(), labels=y.tolist(), weights=weight.tolist() if weighted else None,
                classes=k, fits=fits)


def metric_case(n, k):
    y = rng.integers(0, k, n)
    # Few distinct values: ties.
    logits = np.round(rng.normal(size=(n, k)) * 2 + 1.5 * np.eye(k)[y]) / 2
    weight = rng.integers(0, 4, n).astype(float)
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    odds = np.log(p / (1 - p))
    predictions = logits.argmax(1)
    if k == 2:
        auroc = metrics.roc_auc_score(y, np.round(odds[:, 1], 9), sample_weight=weight)
        brier = metrics.brier_score_loss(y, p[:, 1], sample_weight=weight)
    else:
        auroc = float(np.mean([metrics.roc_auc_score(y == c, np.round(odds[:, c], 9), sample_weight=weight)
                               for c in range(k)]))
        brier = float((weight * ((p - np.eye(k)[y]) ** 2).sum(1)).sum() / weight.sum())
    return dict(labels=y.tolist(), scores=np.round(odds, 9).tolist(), weights=weight.tolist(), values=dict(
        accuracy=metrics.accuracy_score(y, predictions, sample_weight=weight),
        balanced_accuracy=metrics.balanced_accuracy_score(y, predictions, sample_weight=weight),
        auroc=auroc, log_loss=metrics.log_loss(y, p, sample_weight=weight), brier=brier))


def bca_case(n):
    values = np.round(rng.exponential(size=n) * 64) / 64
    interval = stats.bootstrap((values,), np.mean, n_resamples=100000, method="BCa", vectorized=True,
                               rng=np.random.default_rng(1)).confidence_interval
    return dict(values=values.tolist(), lower=interval.low, upper=interval.high)


def wilson(successes, trials):
    i = stats.binomtest(successes, trials).proportion_ci(method="wilson")
    return [successes, trials, i.low, i.high]


print(json.dumps(dict(
    problems=[problem("tall", 60, 6, 2, 0.8, constant=True), problem("wide", 20, 30, 2, 0.5),
              problem("weighted", 48, 5, 2, 0.6, weighted=True), problem("multinomial", 75, 6, 3, 0.8),
              problem("wide multinomial", 24, 30, 4, 0.5)],
    metrics=[metric_case(60, 2), metric_case(80, 3)],
    bca=[bca_case(50)],
    wilson=[wilson(0, 10), wilson(7, 10), wilson(81, 263), wilson(40, 40)],
    normal_quantile=[[p, stats.norm.ppf(p)] for p in (1e-8, 0.001, 0.025, 0.3, 0.5, 0.975, 0.9999)],
    student_quantile=[[p, v, stats.t.ppf(p, v)] for p in (0.025, 0.6, 0.975, 0.995) for v in (1, 2, 9, 24, 200)],
    binomial_tail=[[k, n, p, stats.binom.sf(k - 1, n, p)]
                   for k, n, p in ((0, 5, 0.5), (10, 10, 0.5), (25, 30, 0.5), (3, 40, 0.2), (60, 60, 0.4))],
)))
