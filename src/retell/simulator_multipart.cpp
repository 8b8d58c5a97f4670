#include "simulator_multipart.hpp"

#include "simulator_field_tables.hpp"

#include "core/utf8.hpp"

#include <cctype>

namespace trunkline::retell::simulation {

namespace {

constexpr std::size_t most_header_bytes = 8192;
constexpr std::string_view line_end = "\r\n";

bool equal_without_case(std::string_view a, std::string_view b)
{
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view trimmed(std::string_view s)
{
    auto const first = s.find_first_not_of(" \t");
    if (first == s.npos) return {};
    return s.substr(first, s.find_last_not_of(" \t") - first + 1);
}

/// What browsers and fetch() put for the three characters a quoted name cannot hold.
std::string unescape_name(std::string s)
{
    constexpr std::pair<std::string_view, char> escapes[] = {
        {"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}};
    for (auto const& [escape, ch] : escapes)
        for (auto at = s.find(escape); at != s.npos; at = s.find(escape, at + 1))
            s.replace(at, escape.size(), 1, ch);
    return s;
}

/// The parameters of a header field, after its value: ; name=token ; name="quoted string".
class parameter_reader {
public:
    explicit parameter_reader(std::string_view rest) : rest_(rest) {}
    /// False at the end. Refuses what is no parameter.
    bool next(std::string& name, std::string& value)
    {
        rest_ = trimmed(rest_);
        if (rest_.empty()) return false;
        if (rest_.front() != ';') refuse(400, "Malformed multipart header");
        rest_ = trimmed(rest_.substr(1));
        auto const equals = rest_.find('=');
        if (equals == rest_.npos) refuse(400, "Malformed multipart header parameter");
        name = trimmed(rest_.substr(0, equals));
        rest_ = trimmed(rest_.substr(equals + 1));
        value = rest_.starts_with('"') ? quoted() : token();
        return true;
    }

private:
    std::string token()
    {
        auto const end = std::min(rest_.find(';'), rest_.size());
        std::string out(trimmed(rest_.substr(0, end)));
        rest_.remove_prefix(end);
        return out;
    }
    /// A backslash escapes only a quote or itself: older clients send "C:\file".
    std::string quoted()
    {
        std::string out;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            char const ch = rest_[i];
            if (ch == '"') {
                rest_.remove_prefix(i + 1);
                return out;
            }
            bool const escaped =
                ch == '\\' && i + 1 < rest_.size() && (rest_[i + 1] == '"' || rest_[i + 1] == '\\');
            out += escaped ? rest_[++i] : ch;
        }
        refuse(400, "Unclosed quote in a multipart header");
    }
    std::string_view rest_;
};

std::string boundary_of(std::string_view content_type)
{
    auto const semicolon = std::min(content_type.find(';'), content_type.size());
    if (!equal_without_case(trimmed(content_type.substr(0, semicolon)), "multipart/form-data"))
        refuse(400, "The content type must be multipart/form-data");
    std::string boundary, name, value;
    for (parameter_reader in(content_type.substr(semicolon)); in.next(name, value);)
        if (equal_without_case(name, "boundary")) boundary = value;
    if (boundary.empty()) refuse(400, "The multipart boundary is missing");
    if (boundary.size() > 70 || boundary.find_first_of("\r\n") != boundary.npos)
        refuse(400, "The multipart boundary is invalid");
    return boundary;
}

void read_disposition(form_part& part, std::string_view value)
{
    auto const semicolon = std::min(value.find(';'), value.size());
    if (!equal_without_case(trimmed(value.substr(0, semicolon)), "form-data"))
        refuse(400, "A multipart part must be form-data");
    std::string name, text;
    for (parameter_reader in(value.substr(semicolon)); in.next(name, text);) {
        if (!is_utf8(text)) refuse(400, "A multipart name must be UTF-8");
        if (equal_without_case(name, "name")) part.name = unescape_name(std::move(text));
        else if (equal_without_case(name, "filename"))
            part.file_name = unescape_name(std::move(text));
    }
    if (part.name.empty()) refuse(400, "A multipart part has no name");
}

form_part read_headers(std::string_view text)
{
    form_part part;
    bool disposed = false;
    while (!text.empty()) {
        auto const line = text.substr(0, text.find(line_end));
        text.remove_prefix(std::min(text.size(), line.size() + line_end.size()));
        auto const colon = line.find(':');
        if (colon == line.npos) refuse(400, "Malformed multipart header");
        auto const name = line.substr(0, colon);
        auto const value = trimmed(line.substr(colon + 1));
        if (equal_without_case(name, "Content-Disposition")) {
            if (std::exchange(disposed, true)) refuse(400, "A multipart part has two dispositions");
            read_disposition(part, value);
        } else if (equal_without_case(name, "Content-Type")) {
            if (!is_utf8(value)) refuse(400, "A multipart content type must be UTF-8");
            part.content_type = value;
        } else if (equal_without_case(name, "Content-Transfer-Encoding") &&
            !equal_without_case(value, "binary") && !equal_without_case(value, "8bit") &&
            !equal_without_case(value, "7bit"))
            refuse(400, "Content-Transfer-Encoding is not supported");
    }
    if (!disposed) refuse(400, "A multipart part has no Content-Disposition");
    return part;
}

} // namespace

bool is_utf8(std::string_view s)
{
    auto at = s.data();
    for (auto const end = at + s.size(); at != end;) {
        auto const length = utf8::wtf8_length(at, end);
        if (length == 0 || (length == 3 && utf8::is_surrogate(at))) return false;
        at += length;
    }
    return true;
}

std::vector<form_part> parse_multipart(std::string_view content_type, std::string_view body)
{
    auto const delimiter = "\r\n--" + boundary_of(content_type);
    std::vector<form_part> parts;
    auto const first = std::string_view(delimiter).substr(line_end.size());
    if (!body.starts_with(first))
        refuse(400, "The body does not begin with the multipart boundary");
    body.remove_prefix(first.size());
    while (!body.starts_with("--")) {
        if (!body.starts_with(line_end)) refuse(400, "A multipart delimiter is malformed");
        if (parts.size() == most_form_parts) refuse(400, "The form has too many parts");
        body.remove_prefix(line_end.size());
        auto const headers_end = body.substr(0, most_header_bytes).find("\r\n\r\n");
        if (headers_end == body.npos) refuse(400, "The headers of a multipart part do not end");
        auto part = read_headers(body.substr(0, headers_end));
        body.remove_prefix(headers_end + 2 * line_end.size());
        auto const end = body.find(delimiter);
        if (end == body.npos) refuse(400, "The multipart body is cut off");
        part.data = body.substr(0, end);
        body.remove_prefix(end + delimiter.size());
        parts.push_back(std::move(part));
    }
    body.remove_prefix(2);
    if (!body.empty() && body != line_end) refuse(400, "Text follows the end of the form");
    return parts;
}

namespace {

json::value parse_member(field const& f, std::string_view text)
{
    if (f.type == value_type::text || f.type == value_type::any) return text;
    json::parse_error where;
    auto v = json::parse(text, where);
    if (!v) refuse(400, std::string(f.name) + " must be JSON text: " + where.reason);
    return *std::move(v);
}

} // namespace

form::form(call const& c, resource r, simulator_options const& options)
{
    if (c.content_type.empty()) refuse(400, "The content type must be multipart/form-data");
    json::object given;
    for (auto& part : parse_multipart(c.content_type, c.raw_body)) {
        auto const known = fields_of(r);
        auto const f = std::ranges::find(known, part.name, &field::name);
        bool const takes_files = f != known.end() && f->type == value_type::file;
        if (takes_files && !part.file_name) refuse(400, part.name + " must be a file");
        if (takes_files) {
            files.push_back(std::move(part));
            continue;
        }
        if (part.file_name && f != known.end()) refuse(400, part.name + " must not be a file");
        if (!is_utf8(part.data) && !part.file_name) refuse(400, part.name + " must be UTF-8");
        if (given.contains(part.name)) refuse(400, part.name + " is given twice");
        given.set(part.name,
            part.file_name         ? json::value(*part.file_name)
                : f != known.end() ? parse_member(*f, part.data)
                                   : json::value(part.data));
    }
    fields = accept_fields(r, verb::create, std::move(given), options);
}

} // namespace trunkline::retell::simulation
