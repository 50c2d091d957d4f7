// A small residual network that tells the classes of a small set of pictures apart: the referee of
// samples. Its features are the distances' space, its decisions the share of recognised samples.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bench/referee/labelled_pictures.h"

namespace gpst::bench {

class ClassifierModule;

struct ClassifierTraining {
  int64_t classes = 0;
  int64_t epochs = 20;
  int64_t batch = 64;
  double lr = 0.1;
  uint64_t seed = 1;
};

// What a classifier says of pictures.
struct Opinions {
  at::Tensor logits;    // [N,K]
  at::Tensor features;  // [N,256], what the logits are made of
};

class Classifier {
 public:
  // Trains with mirrored and shifted pictures, label smoothing, SGD with a cosine rate.
  // `tell` sees the number of the finished epoch and its mean loss.
  static Classifier train(const LabelledPictures& pictures, const ClassifierTraining& options,
                          const std::function<void(int64_t epoch, double loss)>& tell);
  static Classifier load(const std::string& path);  // what save() wrote
  void save(const std::string& path) const;

  Opinions judge(const LabelledPictures& pictures) const;

 private:
  explicit Classifier(std::shared_ptr<ClassifierModule> module) : module_(std::move(module)) {}
  std::shared_ptr<ClassifierModule> module_;
};

}  // namespace gpst::bench
