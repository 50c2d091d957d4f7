// Several members of a ProcessGroup in one test: each is a thread.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

#include "train/process_group.h"

namespace gpst {

// A port of this machine that nobody listens on.
inline uint16_t free_port() {
  const int file = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(file, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(file, reinterpret_cast<sockaddr*>(&address), &size);
  close(file);
  return ntohs(address.sin_port);
}

// Calls body(group) in `size` threads, each with its own member of one group. What one of them
// throws is thrown here; the others find it gone.
inline void run_together(int size, const std::function<void(ProcessGroup&)>& body,
                         std::chrono::seconds timeout = std::chrono::seconds(20)) {
  const uint16_t port = free_port();
  std::vector<std::exception_ptr> errors(static_cast<size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        const auto group = ProcessGroup::join({rank, size, "127.0.0.1", port, timeout});
        body(*group);
      } catch (...) {
        errors[static_cast<size_t>(rank)] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace gpst
