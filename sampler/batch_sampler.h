// The two-stage sampler for devices: batches of pictures, recorded graphs, copies and PNG encoding
// beside the computation of the next batch.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sampler/picture_sampler.h"
#include "sampler/picture_taker.h"
#include "sampler/sample_plan.h"

namespace gpst {

struct BatchSamplerOptions {
  int64_t pictures = 1;  // of a batch
  int threads = 1;       // that take pictures
};

// Makes the pictures of a PictureSampler where its parts are. A picture depends on its index, label
// and seeds; its batch and its place in it change last bits only: matrix products and convolutions
// add in an order that depends on their sizes. The CPU's own sampler is PictureSampler, whose bytes
// depend on nothing else.
//
// The host issues a batch without waiting for the device: layouts of the next batch are generated
// meanwhile, and the pictures of the batches before go through pinned memory to `take`. Memory:
// three batches of pictures on the host, the tensors of one batch on the device. The last batch is
// filled up to the recorded shape.
class BatchSampler {
 public:
  // Keeps references to the sampler's parts.
  BatchSampler(const PictureSampler& sampler, const BatchSamplerOptions& options);
  ~BatchSampler();
  BatchSampler(const BatchSampler&) = delete;
  BatchSampler& operator=(const BatchSampler&) = delete;

  // Errors of any stage and of `take` are thrown here, Interrupted after a signal; pictures that
  // are being taken then are finished first. InputError for a class that does not exist, and for a
  // picture that is not a number (weights that do not belong together).
  void run(const std::vector<SampleItem>& items, const PictureTaker& take);

  // Rows of the texture net for the pictures issued so far, those that fill up a batch left out.
  // May be called while pictures are made.
  int64_t model_rows() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gpst
