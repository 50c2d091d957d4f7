// The processes of one training: sums over all of them. The engine is c10d's, with Gloo over TCP.
#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace gpst {

// Which of how many processes this is, and where they meet.
struct GroupPlace {
  int rank = 0;
  int size = 1;
  std::string host = "127.0.0.1";  // of rank 0
  uint16_t port = 29500;           // on which rank 0 listens
  std::chrono::seconds timeout{120};
};

// All processes make the same calls in the same order. Every call waits for the others at most the
// timeout; IoError, saying what was being done, when another process is gone or does not come.
// Tensors are contiguous, of the same shape and type everywhere; those of a GPU go through the
// memory of the host.
class ProcessGroup {
 public:
  // Waits until all are there. IoError when they do not come in time, or the port is taken.
  static std::unique_ptr<ProcessGroup> join(const GroupPlace& place);
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  int rank() const { return place_.rank; }
  int size() const { return place_.size; }

  // A sum that is under way.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual void wait() = 0;  // until the tensor holds the sum
  };
  // Adds up `values` over the processes, in place and to the same bits everywhere.
  std::unique_ptr<Pending> start_sum(const at::Tensor& values);
  void sum(const at::Tensor& values) { start_sum(values)->wait(); }
  // Those of rank 0 for everybody; waits as long as `timeout` says, where it is given.
  void broadcast(const at::Tensor& values, std::optional<std::chrono::seconds> timeout = {});

 private:
  struct Engine;
  ProcessGroup(GroupPlace place, std::unique_ptr<Engine> engine);

  GroupPlace place_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace gpst
