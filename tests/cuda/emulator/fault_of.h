// The fault that a launch ends with.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "cuda/emulator/fault.h"

namespace gpst::emulator {

// Runs `work`, expects a Fault of this kind whose message holds all of `parts`.
template <class Work>
void expect_fault(FaultKind kind, const std::vector<std::string>& parts, const Work& work) {
  try {
    work();
  } catch (const Fault& fault) {
    const std::string message = fault.what();
    EXPECT_EQ(fault.kind(), kind) << message;
    for (const std::string& part : parts) {
      EXPECT_NE(message.find(part), std::string::npos) << "no '" << part << "' in: " << message;
    }
    return;
  }
  ADD_FAILURE() << "no fault was found";
}

// Line of `text` in a source of this folder, as "file:line": what a report must name.
std::string place_of(const std::string& file, const std::string& text);

}  // namespace gpst::emulator
