// The things cpu_bench measures.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gpst::bench {

struct Row {
  std::string name;
  // Makes what is measured, with its inputs; called only for rows that are wanted. The function it
  // returns is one run, for one thread.
  std::function<std::function<void()>()> prepare;
  int workers = 1;        // threads that do it at the same time
  std::string unit = {};  // of one run, for rates: "picture"; empty: no rate is shown
};

std::vector<Row> tokenizer_rows();
// `model` is a model folder or name.
std::vector<Row> model_rows(const std::string& model, int workers);
std::vector<Row> generator_rows();

}  // namespace gpst::bench
