#include "sync/bundle_files.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>

namespace trunkline::sync::detail {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

} // namespace

std::string read_bytes(fs::path const& file)
{
    std::error_code ec;
    if (fs::is_directory(file, ec)) throw problem("is a directory");
    std::ifstream in(file, std::ios::binary);
    if (!in) throw problem("cannot be read: " + std::string(std::strerror(errno)));
    // At once where the size is known; what has none, or has grown since, in pieces.
    std::string text;
    auto piece = fs::file_size(file, ec);
    if (ec || piece == 0) piece = 4096;
    do {
        auto const before = text.size();
        text.resize(before + static_cast<std::size_t>(piece));
        in.read(text.data() + before, static_cast<std::streamsize>(piece));
        text.resize(before + static_cast<std::size_t>(in.gcount()));
        piece = 4096;
    } while (in && in.peek() != std::ifstream::traits_type::eof());
    if (in.bad()) throw problem("cannot be read to its end");
    return text;
}

std::string read_text(fs::path const& file)
{
    auto text = read_bytes(file);
    // Some editors mark UTF-8 with a byte order mark, which is no part of the text.
    if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
    return text;
}

json::value read_json(fs::path const& file)
{
    json::parse_error where;
    auto document = json::parse(read_text(file), where);
    if (!document) throw problem(where.message());
    if (!document->is_object()) throw problem("is not a JSON object");
    return std::move(*document);
}

std::string unescape(std::string text)
{
    return text.starts_with("@@") ? text.substr(1) : text;
}

namespace {

constexpr std::string_view file_prefix = "@file:";

/// Such a text stands in the document itself (see render()), so here it comes from an editor or
/// from a checkout on Windows.
void drop_carriage_returns(std::string& text)
{
    std::size_t kept = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') text[kept++] = text[i];
    text.resize(kept);
}

void check_text(std::string const& name, std::string const& text)
{
    if (text.find('\0') != std::string::npos)
        throw problem("refers to " + name + ", which is not a text file");
    std::size_t line = 1;
    for (auto const *at = text.data(), *const end = at + text.size(); at != end;) {
        auto const length = utf8::utf8_length(at, end);
        if (length == 0)
            throw problem("refers to " + name + ", which is not UTF-8 in line " +
                std::to_string(line) + "; save it as UTF-8");
        if (*at == '\n') ++line;
        at += length;
    }
}

void load_prompt(fs::path const& dir, json::value* field, std::vector<fs::path>& used)
{
    if (!field || !field->is_string()) return;
    auto& text = field->as_string();
    if (!text.starts_with(file_prefix)) {
        text = unescape(std::move(text));
        return;
    }
    auto const name = text.substr(file_prefix.size());
    if (name.empty() || name.find('/') != std::string::npos || name.starts_with("."))
        throw problem("refers to \"" + text + "\", which is not a file beside it");
    try {
        text = read_text(dir / name);
    } catch (problem const& p) {
        std::error_code ec;
        throw problem("refers to " + name + ", which " + p.what() +
            (fs::exists(dir / name, ec)
                    ? ""
                    : "; put it back, or take this file away as well: pull writes both again"));
    }
    check_text(name, text);
    drop_carriage_returns(text);
    // Editors end a file with a newline; the prompt itself does not get one.
    if (text.ends_with('\n')) text.pop_back();
    used.push_back(dir / name);
}

} // namespace

std::vector<fs::path> load_prompts(fs::path const& dir, json::value& document)
{
    std::vector<fs::path> used;
    load_prompt(dir, document.find("general_prompt"), used);
    load_prompt(dir, document.find("global_prompt"), used);
    if (auto* const states = document.find("states"); states && states->is_array())
        for (auto& state : states->as_array()) load_prompt(dir, state.find("state_prompt"), used);
    if (auto* const texts = document.find("knowledge_base_texts"); texts && texts->is_array())
        for (auto& text : texts->as_array()) load_prompt(dir, text.find("text"), used);
    return used;
}

std::vector<fs::path> files_of(fs::path const& dir, std::string_view extension)
{
    std::vector<fs::path> files;
    std::error_code ec;
    if (!fs::exists(dir, ec)) return files;
    fs::directory_iterator it(dir, ec);
    if (ec) throw problem("cannot be listed: " + ec.message());
    for (auto const& e : it)
        if (e.path().extension() == extension) files.push_back(e.path());
    std::ranges::sort(files);
    return files;
}

} // namespace trunkline::sync::detail
