// What the processes of one training agree on, step by step. With one process nothing happens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/stage.h"

namespace gpst {

class ProcessGroup;

// All processes make the same calls in the same order. Every call may throw what ProcessGroup does.
class Lockstep {
 public:
  // Null: there is one process.
  explicit Lockstep(ProcessGroup* group) : group_(group) {}

  ProcessGroup* group() const { return group_; }
  bool alone() const { return group_ == nullptr; }
  // Checkpoints, metrics and sample pictures are written by the first process.
  bool first() const;

  // The share of this process of a step's examples, 0, ..., batch - 1: they are dealt out evenly
  // and in order. ConfigError when a process would have none.
  struct Share {
    int64_t first = 0;
    int64_t count = 0;
  };
  Share share_of(int64_t batch) const;

  // ConfigError on every process when `value` is not the same everywhere: "`what` differs
  // between processes (of rank 1, 3 and of rank 0): `fix`".
  void agree(const std::string& what, const std::string& value, const std::string& fix) const;

  // Interrupted on every process when `own_signal` is not 0 on one of them.
  void agree_on_signal(int own_signal) const;

  // Adds up loss and metrics, which have the same names everywhere.
  void sum(double& loss, Metrics& metrics) const;

  // Waits for what the first process does alone, however long it takes, and takes over its answer.
  int64_t answer_of_first(int64_t own) const;

 private:
  ProcessGroup* group_;
};

}  // namespace gpst
