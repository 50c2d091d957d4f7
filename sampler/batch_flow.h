// From noise to data for B pictures at a time (numerics.md 7), on the device and without waiting
// for it: what flow/sample.h does, for the sampler of batches.
//
// Euler solvers, SDE and ODE, are linear in state, outputs and noise: their coefficients stand in a
// table on the device, a counter there says which row is next, and a step is the replay of one of
// two recorded graphs: 2B rows of the net where guidance acts, B rows elsewhere. The other solvers
// run through sample_flow with the same noise.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "flow/noise_source.h"
#include "flow/options.h"
#include "nn/frozen_sit.h"

namespace gpst {

class DeviceStream;

struct BatchFlowOptions {
  TransportOptions transport;
  SamplingOptions sampling;
  int64_t tokens = 0;  // l
  uint64_t seed = 0;
  NoisePurposes purposes;
};

// One caller at a time.
class BatchFlow {
 public:
  virtual ~BatchFlow() = default;
  // Issues the work to the current stream, which is the stream it was made for. [B,C,l]: a picture
  // depends on its number, label and condition, not on the others of the batch (to the tolerance
  // of float arithmetic). The result is overwritten by the next call.
  virtual at::Tensor run(const at::Tensor& pictures /* [B] int64 */,
                         const at::Tensor& labels /* [B] int64, below num_classes */,
                         const at::Tensor& condition /* [B,l,K] or undefined */) = 0;
  // Rows of the net that the last run computed for the first so many of its pictures.
  virtual int64_t model_rows(int64_t pictures) const = 0;
};

// For B pictures where the net is. Records graphs, and waits until that is done. ConfigError when
// the options do not fit together.
std::unique_ptr<BatchFlow> make_batch_flow(const FrozenSit& net, int64_t pictures,
                                           const BatchFlowOptions& options, DeviceStream& stream);

}  // namespace gpst
