#include "cuda/emulator/options.h"

namespace gpst::emulator {
namespace {

Options& current_options() {
  static Options current;
  return current;
}

}  // namespace

const Options& options() { return current_options(); }

OptionsScope::OptionsScope(const Options& options) : before_(current_options()) {
  current_options() = options;
}
OptionsScope::~OptionsScope() { current_options() = before_; }

}  // namespace gpst::emulator
