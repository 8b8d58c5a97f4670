#include "mask/corpus.hpp"

#include <cctype>

namespace corpus {
namespace {

std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> words;
    std::string word;
    for (char const c : text) {
        if (c == ' ' || c == '-') {
            if (!word.empty()) words.push_back(word);
            word.clear();
        } else {
            word += c;
        }
    }
    if (!word.empty()) words.push_back(word);
    return words;
}

char up(char c)
{
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
}

std::string escaped(std::string const& s)
{
    std::string out;
    for (char const c : s) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n') out += "\\n";
        else out += c;
    }
    return out;
}

std::string percent(std::string const& s)
{
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (char const ch : s) {
        auto const c = static_cast<unsigned char>(ch);
        if (std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~') out += ch;
        else out += std::string("%") + hex[c >> 4] + hex[c & 15];
    }
    return out;
}

std::string xml(std::string const& s)
{
    std::string out;
    for (char const c : s) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
    return out;
}

bool spaced(std::string const& s)
{
    return s.find(' ') != s.npos;
}

} // namespace

std::string spelled_key(std::string_view text, dice& d)
{
    auto const words = words_of(text);
    auto const style = d.below(6);
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto w = words[i];
        switch (style) {
        case 0: out += (i ? "_" : "") + w; break;
        case 1:
            if (i) w[0] = up(w[0]);
            out += w;
            break;
        case 2: out += (i ? "-" : "") + w; break;
        case 3:
            w[0] = up(w[0]);
            out += w;
            break;
        case 4:
            for (auto& c : w) c = up(c);
            out += (i ? "_" : "") + w;
            break;
        default:
            w[0] = up(w[0]);
            out += (i ? "-" : "") + w;
            break;
        }
    }
    return out;
}

std::string_view notation_name(std::size_t n)
{
    static constexpr std::string_view names[] = {"json", "json pretty", "json in json",
        "json twice in json", "print_r", "var_export", "var_dump", "php array", "repr", "dataclass",
        "env", "ini", "yaml", "logfmt", "query", "form", "xml element", "xml attribute", "header",
        "sql", "sql tuple", "text", "pair list", "name value", "array", "export", "broken json",
        "yaml nested", "python log", "truncated json"};
    return names[n];
}

framed in_notation(std::size_t n, std::string const& key, std::string const& value, dice& d)
{
    auto const id = std::to_string(100 + d.below(900));
    switch (n) {
    case 0: return {"{\"id\":" + id + ",\"" + key + "\":\"", escaped(value), "\",\"ok\":true}"};
    case 1:
        return {"{\n  \"id\": " + id + ",\n  \"" + key + "\": \"", escaped(value),
            "\",\n  \"n\": 1\n}"};
    case 2:
        return {
            "{\"body\":\"{\\\"" + key + "\\\":\\\"", escaped(escaped(value)), "\\\"}\",\"n\":1}"};
    case 3:
        return {R"({"a":"{\"b\":\"{\\\")" + key + R"(\\\":\\\")", escaped(escaped(escaped(value))),
            R"(\\\"}\"}"})"};
    case 4:
        return {"Array\n(\n    [id] => " + id + "\n    [" + key + "] => ", value,
            "\n    [n] => 1\n)\n"};
    case 5: return {"array (\n  'id' => " + id + ",\n  '" + key + "' => '", value, "',\n)"};
    case 6:
        return {
            "array(1) {\n  [\"" + key + "\"]=>\n  string(" + std::to_string(value.size()) + ") \"",
            value, "\"\n}"};
    case 7: return {"['id' => " + id + ", '" + key + "' => '", value, "']"};
    case 8: return {"{'id': " + id + ", '" + key + "': '", value, "', 'n': None}"};
    case 9: return {"User(id=" + id + ", " + key + "='", value, "', active=True)"};
    case 10:
        return spaced(value) ? framed{key + "=\"", value, "\"\nDEBUG=false\n"}
                             : framed{key + "=", value, "\nDEBUG=false\n"};
    case 11: return {"[section]\nname = x\n" + key + " = \"", value, "\"\n"};
    case 12: return {"service:\n  port: 80\n  " + key + ": ", value, "\n  debug: false\n"};
    case 13:
        return spaced(value) ? framed{"level=info " + key + "=\"", value, "\" dur=3ms"}
                             : framed{"level=info " + key + "=", value, " dur=3ms"};
    case 14: return {"GET /x?id=" + id + "&" + key + "=", percent(value), "&page=2 HTTP/1.1"};
    case 15: return {"id=" + id + "&" + key + "=", percent(value), "&submit=1"};
    case 16: return {"<r><id>" + id + "</id><" + key + ">", xml(value), "</" + key + "></r>"};
    case 17: return {"<user id=\"" + id + "\" " + key + "=\"", xml(value), "\" active=\"1\"/>"};
    case 18: return {"Host: example.org\r\n" + key + ": ", value, "\r\nAccept: */*\r\n"};
    case 19: return {"UPDATE users SET " + key + " = '", value, "' WHERE id = " + id};
    case 20: return {"DETAIL: Key (" + key + ")=(", value, ") already exists."};
    case 21: return {"request failed; " + key + ": \"", value, "\" was refused"};
    case 22: return {"[[\"accept\",\"*/*\"],[\"" + key + "\",\"", escaped(value), "\"]]"};
    case 23: return {"{\"name\":\"" + key + "\",\"value\":\"", escaped(value), "\"}"};
    case 24: return {"{\"" + key + "\":[\"", escaped(value), "\"],\"n\":2}"};
    case 25: return {"export " + key + "=\"", value, "\"\n"};
    case 26: return {"\"id\":" + id + ",\"" + key + "\":\"", escaped(value), "\",\"x\":{"};
    case 27: return {"- user:\n    " + key + ": \"", value, "\"\n    n: 1\n"};
    case 28:
        return {
            "2026-11-28 10:00:00,123 ERROR app: payload={'" + key + "': '", value, "'} status=500"};
    default: return {"{\"id\":" + id + ",\"" + key + "\":\"", escaped(value), ""};
    }
}

} // namespace corpus
