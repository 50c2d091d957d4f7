// What makes the pictures of `gpstoken sample` what they are: embedded in each PNG and in the npz.
#pragma once

#include <string>
#include <vector>

#include "cli/compute_place.h"
#include "cli/sample_request.h"
#include "image/png.h"
#include "sampler/load_sampler.h"

namespace gpst {

// The pictures of one call.
struct SampleJob {
  const SampleRequest& request;
  const ModelFolder& model;
  const LoadedSampler& loaded;
  SamplerSeeds seeds;
  ComputePlace place;
  const SamplePlan& plan;
  Shard shard;
  const std::vector<SampleItem>& items;  // of the shard

  const char* rounding() const { return request.round ? "nearest" : "truncate"; }
};

// What a picture depends on, beside its label and index: the same in every PNG.
std::vector<PngText> sample_text(const SampleJob& job);

// The npz's comment, one line of JSON: that of the PNGs as `software`, `command`, `model`,
// `weights`, `settings` (YAML), `device`, `dtype`; and `rounding`, `label_policy`, `n_samples`,
// `start`, `shard`, `labels` (XXH3 of the labels). `text` is sample_text(job).
std::string sample_comment(const SampleJob& job, const std::vector<PngText>& text);

}  // namespace gpst
