#include <trunkline/core/crypto.hpp>

#include <retell/exchange_form.hpp>
#include <retell/exchange_text.hpp>

#include <algorithm>
#include <string_view>

namespace trunkline::retell::detail {
namespace {

/// Whether a field's name can stand between quotes for every reader: a backslash is an escape to
/// some and a letter to others.
bool is_plain_name(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        auto const u = static_cast<unsigned char>(c);
        return u >= 0x20 && u != 0x7f && c != '"' && c != '\\';
    });
}

bool is_media_type(std::string_view text)
{
    return text.find('/') != std::string_view::npos &&
        std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

/// As browsers write it; what only some readers take for a part of the name never gets there.
std::string sent_filename(std::string_view path)
{
    auto const last = path.find_last_of("/\\");
    if (last != std::string_view::npos) path.remove_prefix(last + 1);
    std::string out;
    for (char const c : path) {
        auto const u = static_cast<unsigned char>(c);
        if (u >= 0x20 && u != 0x7f && c != '"') {
            out += c;
            continue;
        }
        constexpr std::string_view digits = "0123456789ABCDEF";
        out.append({'%', digits[u >> 4], digits[u & 15]});
    }
    return out.empty() ? "file" : out;
}

std::string named(std::string_view what, std::string_view name)
{
    return std::string(what).append(" \"").append(excerpt(name, 60)).append("\"");
}

std::string field_text(json::value const& v)
{
    return v.is_string() ? v.as_string() : json::to_text(v);
}

/// Made from what it separates, so that it cannot occur there by accident, nor by intent.
std::string make_boundary(arguments const& args)
{
    std::string all;
    if (args.body) all = json::to_text(*args.body);
    for (auto const& f : args.files) {
        auto const digest = crypto::sha256(f.content);
        all.append(f.field).append(f.filename).append(digest.begin(), digest.end());
    }
    return "trunkline-" + crypto::to_hex(crypto::sha256(all)).substr(0, 32);
}

std::size_t size_of(arguments const& args)
{
    constexpr std::size_t around = 256; // boundary and header of a part
    std::size_t size = around;
    for (auto const& f : args.files) size += f.content.size() + f.filename.size() + around;
    return size;
}

void begin_part(std::string& out, std::string_view boundary, std::string_view field)
{
    out.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"");
    out.append(field).append("\"");
}

} // namespace

std::string check_form(arguments const& args)
{
    if (args.body)
        for (auto const& field : args.body->as_object()) {
            if (!is_plain_name(field.key))
                return named("form field", field.key) + " cannot be sent under this name";
            if (field.val.is_null()) return named("form field", field.key) + " cannot be null";
        }
    for (auto const& f : args.files) {
        if (!is_plain_name(f.field))
            return named("file field", f.field) + " cannot be sent under this name";
        if (args.body && args.body->find(f.field) != nullptr)
            return named("form field", f.field) + " is given as text and as a file";
        if (!is_media_type(f.content_type))
            return "the content type of " + named("file", f.field) + " is not one";
    }
    return {};
}

encoded_form encode_form(arguments const& args)
{
    auto const boundary = make_boundary(args);
    encoded_form form;
    form.content_type = "multipart/form-data; boundary=" + boundary;
    auto& out = form.text;
    out.reserve(size_of(args));
    if (args.body)
        for (auto const& m : args.body->as_object()) {
            begin_part(out, boundary, m.key);
            out.append("\r\n\r\n").append(field_text(m.val)).append("\r\n");
        }
    for (auto const& f : args.files) {
        begin_part(out, boundary, f.field);
        out.append("; filename=\"").append(sent_filename(f.filename)).append("\"\r\nContent-Type: ");
        out.append(f.content_type).append("\r\n\r\n").append(f.content).append("\r\n");
    }
    out.append("--").append(boundary).append("--\r\n");
    return form;
}

} // namespace trunkline::retell::detail
