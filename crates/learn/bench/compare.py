"""Trains ours and CatBoost on the same folds of real access decisions, one thread each.

The decisions are on requests, not certifications. Folds: at random, grouped by manager, grouped by entitlement. Prints each
fold's figures and the paired differences with their 95 % interval, and writes target/bench-learn.json.

The interval is over seeds: the mean over a seed's five folds is one value, because folds of one seed share most of their
training rows. Student's t with as many degrees of freedom as seeds, less one.
"""

import argparse
import json
import math
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier

LABEL, ENTITLEMENT, MANAGER = "ACTION", "RESOURCE", "MGR_ID"
KINDS = {"random": None, "manager": MANAGER, "entitlement": ENTITLEMENT}
GOALS = {"random": 0.005, "manager": 0.0, "entitlement": 0.010}
# Two-sided 95 % quantiles of Student's t, by degrees of freedom.
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


def folds(data, group, seed):
    """The fold of each row, from 0 to 4: rows, or whole groups, dealt at random."""
    chance = np.random.RandomState(seed)
    if group is None:
        return chance.permutation(len(data)) % 5
    values = np.unique(data[group])
    fold = dict(zip(values, chance.permutation(len(values)) % 5))
    return data[group].map(fold).to_numpy()


def auc(p, y):
    ranks = pd.Series(p).rank().to_numpy()
    good = y.sum()
    return float((ranks[y == 1].sum() - good * (good + 1) / 2) / (good * (len(y) - good)))


def log_loss(p, y):
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-np.mean(np.where(y == 1, np.log(p), np.log(1 - p))))


def ece(p, y):
    bins = np.minimum((p * 15).astype(int), 14)
    return float(sum(abs(p[bins == b].sum() - y[bins == b].sum()) for b in range(15)) / len(p))


def ours(program, train, test, folder):
    train.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    out = subprocess.run(
        [program, folder / "train.csv", folder / "test.csv", LABEL, "1", ENTITLEMENT, folder / "out.csv"],
        check=True, capture_output=True, text=True,
    )
    processor = float(out.stdout.split()[0])
    return pd.read_csv(folder / "out.csv").approve.to_numpy(), processor


def catboost(train, test, seed):
    columns = [c for c in train.columns if c != LABEL]
    model = CatBoostClassifier(
        iterations=600, learning_rate=0.08, depth=6, thread_count=1, random_seed=seed, verbose=0,
        allow_writing_files=False, cat_features=list(range(len(columns))),
    )
    start = time.process_time()
    model.fit(train[columns], train[LABEL])
    processor = time.process_time() - start
    return model.predict_proba(test[columns])[:, 1], processor


def kept(folder, name, scores):
    """What `scores` gives, from the folder where it was kept before: CatBoost's scores do not change with ours."""
    if folder is None:
        return scores()
    place = folder / f"{name}.json"
    if not place.exists():
        approve, seconds = scores()
        folder.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps({"processor_seconds": seconds, "approve": [float(p) for p in approve]}))
    stored = json.loads(place.read_text())
    return np.array(stored["approve"]), stored["processor_seconds"]


def interval(values):
    values = np.asarray(values)
    mean = float(values.mean())
    if len(values) < 2:
        return mean, math.nan, math.nan
    half = STUDENT[len(values) - 1] * values.std(ddof=1) / math.sqrt(len(values))
    return mean, mean - float(half), mean + float(half)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--program", required=True)
    options.add_argument("--data", required=True)
    options.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    options.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    options.add_argument("--out", default="target/bench-learn.json")
    options.add_argument("--keep", type=Path, help="keep CatBoost's scores and seconds of processor time in this folder, and use what is there")
    options = options.parse_args()
    data = pd.read_csv(options.data)
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in options.kinds:
            by_seed = []
            for seed in options.seeds:
                fold = folds(data, KINDS[kind], seed)
                rows = []
                for k in range(5):
                    train, test = data[fold != k], data[fold == k]
                    y = test[LABEL].to_numpy()
                    p, seconds = ours(options.program, train, test, Path(folder))
                    q, their_seconds = kept(options.keep, f"{kind}-{seed}-{k}", lambda: catboost(train, test, seed))
                    rows.append([auc(p, y), auc(q, y), log_loss(p, y), log_loss(q, y), ece(p, y), ece(q, y), seconds, their_seconds])
                means = np.mean(rows, axis=0)
                by_seed.append(means)
                print(f"{kind} seed {seed}: AUC {means[0]:.4f}, CatBoost {means[1]:.4f}; log loss {means[2]:.4f}, {means[3]:.4f}; "
                      f"ECE {means[4]:.4f}, {means[5]:.4f}; training {means[6]:.1f} s, {means[7]:.1f} s", flush=True)
            table = np.array(by_seed)
            mean, low, high = interval(table[:, 0] - table[:, 1])
            names = ["auc", "catboost_auc", "log_loss", "catboost_log_loss", "ece", "catboost_ece", "train_seconds", "catboost_train_seconds"]
            result[kind] = dict(zip(names, map(float, table.mean(axis=0))))
            result[kind] |= {"auc_difference": mean, "low": low, "high": high, "goal": GOALS[kind], "met": low > GOALS[kind],
                             "times_faster": float(table[:, 7].sum() / table[:, 6].sum()), "seeds": options.seeds}
            print(f"{kind}: AUC difference {mean:+.4f} (95 % interval {low:+.4f} to {high:+.4f}), goal above {GOALS[kind]:+.3f}; "
                  f"training {result[kind]['times_faster']:.1f} times faster", flush=True)
    Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    Path(options.out).write_text(json.dumps({"data": "decisions on requests, not certifications", "folds": result}, indent=2) + "\n")


main()
