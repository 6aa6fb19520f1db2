#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Fits loops with scipy.optimize.least_squares and compares with what fit_loops has written.

Both minimise the same cost, 1/2 sum rho(r^2) with r = (model - response) / noise and rho = soft_l1, within the same limits
and from the same starting points, of which the better end counts. The model, its derivatives, the noise and the treatment
of far outliers are written here a second time, with numpy.

A loop has many minima whose costs differ by little: a sharp step may lie anywhere between two voltages, and where most of
a loop is noise its steps may lie anywhere at all. From one start, scipy's trust region and Ceres' Levenberg-Marquardt do
not always fall into the same of them, so fractions are demanded, not every loop:

  noise, residual   agree for all loops with what numpy finds for the stored parameters
  start             share of the loops whose stored cost is at most scipy's best from the same starts, times (1 + 1e-6)
  close             the same with 1e-2 for 1e-6: the rest fell into minima that describe the loop as well
  minimum           share of the loops where scipy, started at the stored parameters, finds nothing lower by 1e-4
  truth             where the scan holds /truth (a generated one): share of the loops whose amplitude is found to 10 % and
                    whose switching voltages to 1.5 V, the width of a broad step
  same              among loops of equal cost (to 1e-6): share whose curves agree within a tenth of the noise, and whose
                    switching voltages agree within 0.01 V where the width of the step is no limit

Takes every N-th loop, to stay below a minute.
"""
import argparse
import sys
import time

import h5py
import numpy as np
from scipy.optimize import least_squares
from scipy.special import erf

NAMES = ("offset amplitude rising_bias falling_bias slope rising_width_below rising_width_above "
         "falling_width_below falling_width_above").split()
SHARPNESS = 1000.0


def winsorised(r):
    s = np.sort(r)
    low, high = s[len(r) // 10], s[len(r) - 1 - len(r) // 10]
    return np.clip(r, low - 2 * (high - low), high + 2 * (high - low))


def noise_scale(r):
    second = np.roll(r, 1) - 2 * r + np.roll(r, -1)
    noise = 1.4826 * np.median(np.abs(second)) / np.sqrt(6)
    smooth = np.sort(np.median([np.roll(r, k) for k in range(-2, 3)], axis=0))
    return max(noise, 0.05 * (smooth[len(r) - 1 - len(r) // 10] - smooth[len(r) // 10]))


class Model:
    def __init__(self, voltage):
        self.v = voltage
        self.rising = voltage - np.roll(voltage, 1) > 0

    def parts(self, p):
        centre = np.where(self.rising, p[2], p[3])
        lower = np.where(self.rising, p[5], p[7])
        upper = np.where(self.rising, p[6], p[8])
        x = self.v - centre
        side = erf(x * SHARPNESS)
        g = (upper - lower) / 2 * (side + 1) + lower
        return x, lower, upper, side, g

    def value(self, p):
        x, lower, upper, _, g = self.parts(p)
        return p[0] + p[1] * (g * erf(x / g) + lower) / (lower + upper) + p[4] * self.v

    def jacobian(self, p):
        x, lower, upper, side, g = self.parts(p)
        bell = 2 / np.sqrt(np.pi)
        e, u, w = erf(x / g), x / g, lower + upper
        y = (g * e + lower) / w
        by_g = (e - u * bell * np.exp(-u * u)) / w
        g_by_x = (upper - lower) / 2 * bell * SHARPNESS * np.exp(-(x * SHARPNESS) ** 2)
        by_centre = -p[1] * (bell * np.exp(-u * u) / w + by_g * g_by_x)
        by_lower = p[1] * (by_g * (1 - side) / 2 + (1 - y) / w)
        by_upper = p[1] * (by_g * (1 + side) / 2 - y / w)
        j = np.zeros((len(x), 9))
        j[:, 0], j[:, 1], j[:, 4] = 1, y, self.v
        for branch, centre, width in ((self.rising, 2, 5), (~self.rising, 3, 7)):
            j[branch, centre] = by_centre[branch]
            j[branch, width] = by_lower[branch]
            j[branch, width + 1] = by_upper[branch]
        return j


def cost_of(r):
    return np.sum(np.sqrt(1 + r * r) - 1)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("scan")
    p.add_argument("fits", help="what fit_loops wrote")
    p.add_argument("starts", help="what dump_starts wrote")
    p.add_argument("--dataset", default="/Channel_000/generic/generic")
    p.add_argument("--voltage", default="/Channel_000/generic/Voltage")
    p.add_argument("--path", default="/fits")
    p.add_argument("--every", type=int, default=20, help="fit every N-th loop with scipy")
    for name in ("start", "close", "minimum", "truth", "same"):
        p.add_argument("--" + name, type=float, default=0.0, help="least share of loops, 0 to 1")
    a = p.parse_args()

    with h5py.File(a.scan) as f:
        voltage = f[a.voltage][:]
        raw = f[a.dataset][:].reshape(-1, len(voltage))
        truth = np.stack([f["truth"][name][:].ravel() for name in NAMES], axis=1) if "truth" in f else None
    with h5py.File(a.fits) as f:
        fits = {name: f[a.path][name][:].ravel() for name in NAMES + ["noise", "residual", "status"]}
    with h5py.File(a.starts) as f:
        starts, limits = f["starts"][:], f["limits"][:]
    ours = np.stack([fits[name] for name in NAMES], axis=1)
    model = Model(voltage)
    failures = []

    def demand(what, share, least):
        print(f"{what}: {share:.4f} (at least {least})")
        if not share >= least:
            failures.append(what)

    usable = np.flatnonzero(fits["status"] <= 1)
    print(f"{len(raw)} loops, {len(usable)} fitted, {np.sum(fits['status'] == 0)} converged")
    data = np.array([winsorised(r) for r in raw])
    noise = np.array([noise_scale(r) for r in data])
    costs = np.array([cost_of((model.value(q) - r) / s) for q, r, s in zip(ours, data, noise)])
    residual = noise * np.sqrt(2 * costs / len(voltage))
    demand("noise", np.mean(np.isclose(fits["noise"][usable], noise[usable], rtol=1e-12, atol=0)), 1.0)
    demand("residual", np.mean(np.isclose(fits["residual"][usable], residual[usable], rtol=1e-9, atol=0)), 1.0)
    inside = (ours[usable] >= limits[0] * (1 + 1e-12 * -np.sign(limits[0]))) & (ours[usable] <= limits[1] * (1 + 1e-12))
    demand("within the limits", np.mean(inside.all(axis=1)), 1.0)

    if truth is not None:
        off = np.abs(ours - truth)
        right = (off[:, 1] < 0.1 * np.abs(truth[:, 1])) & (off[:, 2] < 1.5) & (off[:, 3] < 1.5)
        demand("truth", np.mean(right), a.truth)

    def scipy_fit(start, r, s):
        scale = np.array([s, s, 1, 1, s, 1, 1, 1, 1])
        low, high = limits[0] / scale, limits[1] / scale
        margin = np.where(np.isfinite(high - low), 1e-6 * (high - low), 0)  # scipy wants starts inside
        return least_squares(lambda q: model.value(q) - r / s, np.clip(start / scale, low + margin, high - margin),
                             model.jacobian, bounds=(low, high), loss="soft_l1", x_scale="jac",
                             ftol=1e-10, xtol=1e-10, gtol=1e-10, max_nfev=300)

    began = time.time()
    chosen = usable[usable % a.every == 0]
    best, polished, curve, centre = [], [], [], []
    for i in chosen:
        ends = [scipy_fit(q, data[i], noise[i]) for q in starts[i]]
        end = min(ends, key=lambda e: e.cost)
        best.append(end.cost)
        polished.append(scipy_fit(ours[i], data[i], noise[i]).cost)
        curve.append(np.max(np.abs(model.value(end.x) - model.value(ours[i]) / noise[i])))
        free = [np.all((ours[i][w] > 1.05 * limits[0][w]) & (ours[i][w] < 0.95 * limits[1][w])) for w in ([5, 6], [7, 8])]
        centre.append(max([abs(end.x[k] - ours[i][k]) for k, f in zip((2, 3), free) if f], default=0.0))
    best, polished, curve, centre, mine = map(np.array, (best, polished, curve, centre, costs[chosen]))
    print(f"scipy fitted {len(chosen)} loops in {time.time() - began:.0f} s, from {starts.shape[1]} starts each and from ours")
    tiny = 1e-9  # costs of loops without noise
    print(f"equal cost (to 1e-6): {np.mean(np.abs(mine - best) <= 1e-6 * best + tiny):.4f}, "
          f"ours lower: {np.mean(mine < best * (1 - 1e-6) - tiny):.4f}, "
          f"scipy's lower: {np.mean(mine > best * (1 + 1e-6) + tiny):.4f}, largest ratio {np.max(mine / best):.4f}")
    demand("start", np.mean(mine <= best * (1 + 1e-6) + tiny), a.start)
    demand("close", np.mean(mine <= best * 1.01 + tiny), a.close)
    demand("minimum", np.mean(polished >= mine * (1 - 1e-4) - tiny), a.minimum)
    same = np.abs(mine - best) <= 1e-6 * best + tiny
    demand("same", np.mean((curve[same] < 0.1) & (centre[same] < 0.01)), a.same)
    if failures:
        print("failed: " + ", ".join(failures), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
