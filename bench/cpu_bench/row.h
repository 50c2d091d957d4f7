// The things cpu_bench measures.
#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gpst::bench {

struct Row {
  std::string name;
  // Makes what is measured, with its inputs; called only for rows that are wanted. The function it
  // returns is one run.
  std::function<std::function<void()>()> prepare;
  at::ScalarType type = at::kFloat;  // of its products
  int copies = 1;                    // runs at the same time, each on a thread of its own
  int threads = 1;                   // of one run, when there is one copy
  std::string unit = {};             // of what a run makes, for rates; empty: no rate is shown
  int64_t units = 1;                 // so many a run
};

inline std::string name_of(at::ScalarType type) { return type == at::kFloat ? "fp32" : "bf16"; }

// Rows of one type. Those without products are in float32 alone.
std::vector<Row> tokenizer_rows(at::ScalarType type);
std::vector<Row> generator_rows(at::ScalarType type);
// `model` is a model folder or name; whole samples by one thread, and by `workers`.
std::vector<Row> model_rows(const std::string& model, int workers, at::ScalarType type);
// A step of each training stage as `configs`/{tokenizer,texture,layout}.yaml say, on made-up
// pictures; with one worker, and with `workers`. A folder without tokenizer.yaml is that of the
// published models: M128. A batch above 0 stands for the configuration's, and the tokenizer's loss
// is then that without networks.
std::vector<Row> training_rows(const std::string& configs, int64_t batch, int workers,
                               at::ScalarType type);

}  // namespace gpst::bench
