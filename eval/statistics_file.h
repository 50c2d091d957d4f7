// Statistics files: npz archives with `mu` [d] and `sigma` [d,d], and for sFID `mu_s` and
// `sigma_s`, as every published evaluator keeps its references.
#pragma once

#include <optional>
#include <string>

#include "eval/moments.h"

namespace gpst {

class NpzReader;

struct FeatureStatistics {
  Moments pool;                    // mu, sigma: Inception's pool features
  std::optional<Moments> spatial;  // mu_s, sigma_s: the spatial features of sFID
  // What this program knew when it wrote them (the archive's comment, JSON: mode, n, weights);
  // empty in files of others. `count` of both moments stays 0 when read.
  std::string provenance;
};

// Whether an archive holds statistics: `mu` or `sigma`.
bool has_statistics(const NpzReader& npz);

// float32 or float64 arrays; whatever else the file holds (ADM's reference batches: arr_0) is
// passed over. InputError names the file and the fault: an absent array (and those there are), a
// wrong shape, dimensions that do not fit, numbers that are not finite, a sigma that is not
// symmetric, an array of Python objects.
FeatureStatistics read_statistics(const std::string& path);

// float64, readable by numpy.load. The file appears under its name when it is whole.
void write_statistics(const std::string& path, const FeatureStatistics& statistics);

}  // namespace gpst
