// A sampler from the files of a model.
#pragma once

#include <cstdint>

#include "sampler/model_folder.h"
#include "sampler/picture_sampler.h"

namespace gpst {

class Log;

struct SamplerSeeds {
  uint64_t layout = 0;
  uint64_t texture = 0;
};

struct LoadedSampler {
  PictureSampler sampler;
  int64_t classes = 0;           // labels are below it
  SamplingOptions sampling;      // section sampling: of the model under the options of the call
  int64_t rows_per_picture = 0;  // of the texture net; 0 for dopri5, which chooses its steps
};

// Loads tokenizer, texture model and the source of layouts. Errors as those of the parts; the model
// folder says which file is absent.
LoadedSampler load_sampler(const ModelFolder& model, const SamplerSeeds& seeds, Rounding rounding,
                           Log& log);

}  // namespace gpst
