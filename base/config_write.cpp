#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/config_value.h"
#include "base/config_yaml.h"

namespace gpst {
namespace {

using Kind = ConfigNode::Kind;

// Text that means itself wherever it stands in YAML.
bool is_plain(std::string_view text) {
  const auto harmless = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/' || c == '+';
  };
  return !text.empty() && text.front() != '-' && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), harmless);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string inline_text(const ConfigNode& node) {
  switch (node.kind) {
    case Kind::null:
      return "null";
    case Kind::scalar:
      // A plain number or truth value of the input stays one.
      if (node.quoted) return quoted(node.text);
      return looks_like_number(node.text) || looks_like_bool(node.text) ? node.text
                                                                        : write_scalar(node.text);
    case Kind::list:
    case Kind::map:
      break;
  }
  const bool is_list = node.kind == Kind::list;
  std::string out = is_list ? "[" : "{";
  for (const ConfigNode& child : node.children) {
    if (out.size() > 1) out += ", ";
    if (!is_list) out += write_scalar(child.key) + ": ";
    out += inline_text(child);
  }
  return out + (is_list ? "]" : "}");
}

void write_members(const ConfigNode& node, int indent, std::string& out) {
  for (const ConfigNode& child : node.children) {
    out += fmt::format("{:{}}{}:", "", indent, write_scalar(child.key));
    if (child.kind == Kind::map && !child.children.empty()) {
      out += '\n';
      write_members(child, indent + 2, out);
    } else {
      out += fmt::format(" {}\n", inline_text(child));
    }
  }
}

}  // namespace

std::string write_scalar(std::string_view text) {
  const bool ambiguous = looks_like_number(text) || looks_like_bool(text) || looks_like_null(text);
  return is_plain(text) && !ambiguous ? std::string(text) : quoted(text);
}

std::string write_yaml(const ConfigNode& root) {
  if (root.kind != Kind::map) return root.kind == Kind::null ? "" : inline_text(root) + "\n";
  std::string out;
  write_members(root, 0, out);
  return out;
}

}  // namespace gpst
