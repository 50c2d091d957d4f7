#include "cuda/emulator/options.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include "base/error.h"

namespace gpst::emulator {
namespace {

Options from_environment() {
  const char* order = std::getenv("GPST_EMULATOR_ORDER");
  if (order == nullptr || std::strcmp(order, "forward") == 0) return {};
  if (std::strcmp(order, "reverse") == 0) return {.order = Order::reverse};
  if (std::strcmp(order, "shuffled") == 0) return {.order = Order::shuffled, .seed = 1};
  throw UsageError(std::string("GPST_EMULATOR_ORDER is forward, reverse or shuffled, found ") +
                   order);
}

Options& current_options() {
  static Options current = from_environment();
  return current;
}

}  // namespace

const Options& options() { return current_options(); }

OptionsScope::OptionsScope(const Options& options) : before_(current_options()) {
  current_options() = options;
}
OptionsScope::~OptionsScope() { current_options() = before_; }

}  // namespace gpst::emulator
