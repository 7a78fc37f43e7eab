"""scikit-learn on the data of make_probe_data.py: each point standardised, fitted, scored on the test rows.

Usage: python probe_sklearn.py FOLDER --task logistic|exact|ridge|ridge-cv [--threads 2] [--runs 1]

`logistic` is LogisticRegression(C=1, max_iter=1000), lbfgs, float32; `exact` the same in float64 with tol 1e-6, since
the default stops short of the solution where classes nearly separate (cosine .995 with it at the last point); `ridge` refits RidgeClassifier at each of 20 alphas;
`ridge-cv` is RidgeClassifierCV over the same alphas, which chooses one by leave-one-out. Matrices are in memory
before the clock starts. Prints one JSON line, and writes the first model's coefficients `[points, classes, width]`.
"""

import argparse
import json
import os
import pathlib
import platform
import time
import warnings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--task", choices=("logistic", "exact", "ridge", "ridge-cv"), default="logistic")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    import numpy
    import sklearn
    from sklearn.linear_model import LogisticRegression, RidgeClassifier, RidgeClassifierCV
    warnings.filterwarnings("ignore")

    shape = json.loads((options.folder / "shape.json").read_text())
    labels = numpy.fromfile(options.folder / "labels.i32", numpy.int32)
    order = numpy.fromfile(options.folder / "order.i32", numpy.int32)
    train, test = order[:shape["train"]], order[shape["train"]:]
    points = [numpy.fromfile(options.folder / f"x{point:02d}.f32", numpy.float32).reshape(-1, shape["width"])
              for point in range(shape["points"])]

    def standardised(x):
        part = x[train]
        mean, deviation = part.mean(0), part.std(0)
        part, held = (part - mean) / deviation, (x[test] - mean) / deviation
        return (part.astype(numpy.float64), held) if options.task == "exact" else (part, held)

    def fits(task):
        if task == "logistic":
            return [LogisticRegression(C=1.0, max_iter=1000)]
        if task == "exact":
            return [LogisticRegression(C=1.0, max_iter=20_000, tol=1e-6)]
        if task == "ridge":
            return [RidgeClassifier(alpha=alpha) for alpha in shape["alphas"]]
        return [RidgeClassifierCV(alphas=shape["alphas"])]

    seconds = []
    for _ in range(options.runs):
        start = time.perf_counter()
        accuracy, coefficients, iterations = [], [], []
        for x in points:
            inside, outside = standardised(x)
            models = [model.fit(inside, labels[train]) for model in fits(options.task)]
            accuracy.append([float(model.score(outside, labels[test])) for model in models])
            coefficients.append(models[0].coef_)
            iterations.append(int(numpy.max(getattr(models[0], "n_iter_", None) or 0)))
        seconds.append(time.perf_counter() - start)
    numpy.stack(coefficients).astype(numpy.float32).tofile(options.folder / f"sklearn-{options.task}.f32")
    print(json.dumps({
        "peer": f"scikit-learn, {options.task}", "seconds": seconds, "accuracy": accuracy, "iterations": iterations,
        "versions": {"python": platform.python_version(), "numpy": numpy.__version__,
                     "scikit-learn": sklearn.__version__}}))


if __name__ == "__main__":
    main()
