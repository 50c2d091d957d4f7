// A sampler from the files of a model.
#pragma once

#include <cstdint>

#include "sampler/model_folder.h"
#include "sampler/model_place.h"
#include "sampler/picture_sampler.h"

namespace gpst {

class Log;

struct SamplerSeeds {
  uint64_t layout = 0;
  uint64_t texture = 0;
};

struct LoadSamplerOptions {
  ModelPlace place = {};
  SamplerSeeds seeds = {};
  Rounding rounding = Rounding::truncate;
};

struct LoadedSampler {
  PictureSampler sampler;
  int64_t classes = 0;           // labels are below it
  SamplingOptions sampling;      // section sampling: of the model under the options of the call
  int64_t rows_per_picture = 0;  // of the texture net; 0 for dopri5, which chooses its steps
};

// Loads tokenizer, texture model and the source of layouts, all frozen at one place. Layouts are
// generated in float32 whatever its type: the net is small, and a mean that moves to another node
// of the calibration's grid is another picture. Errors as those of the parts; the model folder says
// which file is absent.
LoadedSampler load_sampler(const ModelFolder& model, const LoadSamplerOptions& options, Log& log);

}  // namespace gpst
