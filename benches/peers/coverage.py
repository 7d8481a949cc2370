"""Mode coverage of points, as gan-sweep counts it: within 3σ of the nearest mode is high quality;
a mode is covered by 1 % of all points as high-quality ones."""

import math

SAMPLES = 2500
SIGMAS = 3
LEAST = 0.01


def of(points, ring):
    """Covered modes, modes with at least one point, and the share of high-quality points."""
    centres = ring.centres()
    found = [0] * len(centres)
    for point in points:
        distances = [math.dist(point, centre) for centre in centres]
        nearest = min(range(len(centres)), key=distances.__getitem__)
        if distances[nearest] < SIGMAS * ring.sigma:
            found[nearest] += 1
    return {
        "covered": sum(count >= LEAST * len(points) for count in found),
        "modes": sum(count > 0 for count in found),
        "high_quality": sum(found) / len(points),
    }
