#include "io/tar.h"

#include <gtest/gtest.h>

#include "tests/io/support.h"
#include "tests/io/tar_builder.h"

namespace gpst {
namespace {

class TarTest : public IoTest {
 protected:
  // The only regular file of an archive: its name and content.
  std::pair<std::string, std::string> only_entry(std::string_view archive) const {
    const TarReader reader(put("a.tar", archive));
    EXPECT_EQ(reader.entries().size(), 1u);
    if (reader.entries().empty()) return {};
    const TarEntry& entry = reader.entries()[0];
    return {entry.name, std::string(as_text(reader.read(entry)))};
  }

  void expect_refused(std::string_view archive, std::string_view words) const {
    const std::string file = put("bad.tar", archive);
    const std::string message = input_error_of([&] { TarReader reader(file); });
    expect_contains(message, words);
    expect_contains(message, file);
  }
};

using NameAndContent = std::pair<std::string, std::string>;

TEST_F(TarTest, ListsRegularFilesOnly) {
  const std::string archive =
      tar_member({.name = "folder/", .type = '5'}) +
      tar_member({.name = "folder/a.png", .content = std::string(600, 'a')}) +
      tar_member({.name = "link", .type = '2'}) + tar_member({.name = "hard", .type = '1'}) +
      tar_member({.name = "device", .type = '3'}) + tar_member({.name = "empty"}) +
      tar_member({.name = "old", .content = "b", .type = '\0', .magic = ""}) +
      tar_member({.name = "old_folder/", .type = '\0', .magic = ""}) + tar_end();
  const TarReader reader(put("a.tar", archive));
  ASSERT_EQ(reader.entries().size(), 3u);
  EXPECT_EQ(reader.entries()[0].name, "folder/a.png");
  EXPECT_EQ(as_text(reader.read(reader.entries()[0])), std::string(600, 'a'));
  EXPECT_EQ(reader.entries()[1].name, "empty");
  EXPECT_EQ(reader.entries()[1].size, 0);
  EXPECT_EQ(as_text(reader.read(reader.entries()[2])), "b");
  EXPECT_EQ(reader.links(), (std::vector<std::string>{"link", "hard"}));
}

TEST_F(TarTest, NamesUpToTheLastByteOfTheirFields) {
  const std::string name(100, 'n');
  const std::string prefix(155, 'p');
  EXPECT_EQ(only_entry(tar_member({.name = name, .prefix = prefix}) + tar_end()).first,
            prefix + '/' + name);
  // A GNU header keeps other things where ustar has the prefix.
  const TarMember gnu{.name = "n", .prefix = "1234", .magic = std::string_view("ustar  \0", 8)};
  EXPECT_EQ(only_entry(tar_member(gnu) + tar_end()).first, "n");
}

TEST_F(TarTest, LongNamesOfGnuAndPax) {
  const std::string name = "folder/" + std::string(300, 'x') + "/ü.png";
  const std::string member = tar_member({.name = "cut", .content = "data"});
  const std::string gnu =
      tar_member({.name = "././@LongLink", .content = name + '\0', .type = 'L'});
  const std::string pax =
      tar_member({.name = "PaxHeaders/x",
                  .content = pax_record("mtime", "1.5") + pax_record("path", name),
                  .type = 'x'});
  EXPECT_EQ(only_entry(gnu + member + tar_end()), (NameAndContent{name, "data"}));
  EXPECT_EQ(only_entry(pax + member + tar_end()), (NameAndContent{name, "data"}));

  const TarReader reader(put("a.tar", pax + member + member + tar_end()));
  EXPECT_EQ(reader.entries()[1].name, "cut");  // the name was for one member only
}

TEST_F(TarTest, SizesOfPaxAndBase256) {
  const std::string pax =
      tar_member({.name = "p", .content = pax_record("size", "4"), .type = 'x'});
  std::string member = tar_member({.name = "x", .content = "data"});
  member.replace(124, 12, "00000000000 ");
  std::string header = member.substr(0, 512);
  set_tar_checksum(header);
  EXPECT_EQ(only_entry(pax + header + member.substr(512) + tar_end()),
            (NameAndContent{"x", "data"}));
  EXPECT_EQ(
      only_entry(tar_member({.name = "x", .content = "data", .base256_size = true}) + tar_end()),
      (NameAndContent{"x", "data"}));
}

TEST_F(TarTest, NamesAreJustNames) {
  EXPECT_EQ(only_entry(tar_member({.name = "../../etc/passwd"}) + tar_end()).first,
            "../../etc/passwd");
}

TEST_F(TarTest, OtherMembersAreSteppedOver) {
  const std::string member = tar_member({.name = "x", .content = "data"});
  const std::string global =
      tar_member({.name = "g", .content = pax_record("comment", "abc"), .type = 'g'});
  const std::string label = tar_member({.name = "volume", .type = 'V'});
  EXPECT_EQ(only_entry(global + label + member + tar_end()), (NameAndContent{"x", "data"}));
}

TEST_F(TarTest, SumsOfSignedCharactersAreAccepted) {
  std::string member = tar_member({.name = "\xff\xfe"});
  int sum = 8 * ' ';
  for (size_t i = 0; i < 512; ++i)
    sum += i >= 148 && i < 156 ? 0 : static_cast<signed char>(member[i]);
  char text[9];
  std::snprintf(text, sizeof text, "%06o", sum);
  member.replace(148, 7, text, 7);
  EXPECT_EQ(only_entry(member + tar_end()).first, "\xff\xfe");
}

TEST_F(TarTest, OtherFilesAreNamed) {
  expect_refused("", "the file is empty");
  expect_refused("\x1f\x8b\x08 compressed", "gunzip");
  expect_refused(std::string("PK\x03\x04") + std::string(600, 'x'), "zip archive");
  expect_refused("version https://git-lfs.github.com/spec/v1", "git lfs pull");
  expect_refused(std::string(600, 'x'), "not a tar archive");
}

TEST_F(TarTest, DamageIsRefused) {
  const std::string first = tar_member({.name = "first", .content = "data"});
  const std::string member = tar_member({.name = "x", .content = std::string(700, 'd')});
  expect_refused(first + member, "truncated");  // no end mark
  expect_refused((first + member).substr(0, 1024 + 300), "found 300 bytes");
  expect_refused((first + member).substr(0, 1024 + 512 + 100), "has 700 bytes, found 100");
  std::string flipped = first + member + tar_end();
  flipped[1024] ^= 1;
  expect_refused(flipped, "wrong header checksum at byte 1024");
  expect_refused(first + std::string(512, 'x') + tar_end(), "wrong header checksum");
}

TEST_F(TarTest, NumbersAreChecked) {
  const auto with_size = [](std::string field) {
    std::string block = tar_member({.name = "x"});
    field.resize(12, '\0');
    block.replace(124, 12, field);
    set_tar_checksum(block);
    return block + tar_end();
  };
  expect_refused(with_size("0000008"), "bad number '0000008'");
  expect_refused(with_size("-1"), "bad number '-1'");
  expect_refused(with_size("777777777777"), "truncated");
  expect_refused(with_size("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "negative");
  expect_refused(with_size(std::string("\x80\x00\x00\x01", 4) + std::string(8, '\xff')),
                 "too large");
  expect_refused(with_size(std::string("\x80\x00\x00\x00\x7f", 5) + std::string(7, '\xff')),
                 "truncated");
  expect_refused(with_size("\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "too large");
}

TEST_F(TarTest, PaxHeadersAreChecked) {
  const std::string member = tar_member({.name = "x", .content = "data"});
  const auto with_pax = [&](std::string_view records) {
    return tar_member({.name = "p", .content = std::string(records), .type = 'x'}) + member +
           tar_end();
  };
  expect_refused(with_pax("path=x\n"), "broken PAX header");
  expect_refused(with_pax("99 path=x\n"), "broken PAX header");
  expect_refused(with_pax("1 path=x\n"), "broken PAX header");
  expect_refused(with_pax("10 path=xy"), "broken PAX header");
  expect_refused(with_pax("8 pathx\n"), "has no '='");
  expect_refused(with_pax(pax_record("size", "-4")), "PAX size '-4'");
  expect_refused(with_pax(pax_record("size", "99999999999999999999")), "PAX size");
  expect_refused(with_pax(pax_record("size", "4000")), "has 4000 bytes");
  expect_refused(with_pax(pax_record("GNU.sparse.major", "1")), "sparse");
  expect_refused(with_pax(pax_record("path", "")), "has no name");
  expect_refused(tar_member({.name = "p", .content = "9 path=x\n", .type = 'x'}) + tar_end(),
                 "ends after the long name");
}

TEST_F(TarTest, KindsThatWouldLoseDataAreRefused) {
  expect_refused(tar_member({.name = "x", .type = 'S'}) + tar_end(), "sparse");
  expect_refused(tar_member({.name = "x", .type = 'M'}) + tar_end(), "unknown type 'M'");
}

}  // namespace
}  // namespace gpst
