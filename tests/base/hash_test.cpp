#include "base/hash.h"

#include <gtest/gtest.h>

#include <string>

#include "base/files.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

// Known values of XXH3-64 with seed 0.
TEST(Xxh3, knows_published_values) {
  EXPECT_EQ(xxh3_hex(""), "2d06800538d394c2");
  EXPECT_EQ(xxh3_hex("a"), "e6c632b61e964e1f");
  EXPECT_EQ(xxh3_hex("abc"), "78af5f94892f3950");
}

TEST(Xxh3, of_a_file_is_that_of_its_content) {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  for (const std::size_t size : {0, 1, 5000, 20'000'001}) {
    std::string content(size, 'x');
    if (size > 0) content.back() = 'y';
    write_file_atomic(path, content);
    EXPECT_EQ(xxh3_hex(MappedFile(path)), xxh3_hex(content)) << size;
  }
}

TEST(Xxh3, pieces_give_the_hash_of_the_whole) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>(i * 31);
  Xxh3 hash;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = std::min(text.size() - at, at % 97 + 1);
    hash.update(text.data() + at, size);
    at += size;
  }
  EXPECT_EQ(hash.hex(), xxh3_hex(text));
  EXPECT_EQ(hash.hex(), hash.hex());
  text[2500] ^= 1;
  EXPECT_NE(hash.hex(), xxh3_hex(text));
}

}  // namespace
}  // namespace gpst
