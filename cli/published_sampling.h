#pragma once

#include <cstdint>
#include <optional>

#include "base/config.h"
#include "sampler/model_folder.h"

namespace gpst {

// Sampling options of the published program that are more than another spelling of one of ours.
struct PublishedSampling {
  bool ode = false;
  std::optional<int64_t> guidance_low, guidance_high;  // thousandths of t

  void visit(FieldVisitor& visitor);

  // The model, sampled as these say; what they leave open stays as it is.
  ModelFolder applied_to(const ModelFolder& model) const;
};

}  // namespace gpst
