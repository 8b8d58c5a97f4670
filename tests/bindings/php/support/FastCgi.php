<?php

declare(strict_types=1);

namespace Support;

/** One connection to php-fpm, kept open; a request at a time. */
final class FastCgi
{
    private const BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6;

    /** @var resource|null */
    private $socket = null;

    public function __construct(private readonly string $path, private readonly array $params = [])
    {
    }

    /** The body of the answer, or null if the worker died. */
    public function get(string $script, string $query = ''): ?string
    {
        return $this->ask($script, ['REQUEST_METHOD' => 'GET', 'QUERY_STRING' => $query, 'REQUEST_URI' => "/?$query"])[2] ?? null;
    }

    /** @return null|array{int, string, string} status, headers, body; null if the worker died */
    public function ask(string $script, array $params, string $body = ''): ?array
    {
        $this->socket ??= stream_socket_client("unix://$this->path", $code, $text, 10);
        $params += ['SCRIPT_FILENAME' => $script, 'SERVER_PROTOCOL' => 'HTTP/1.1'] + $this->params;
        if ($body !== '') $params['CONTENT_LENGTH'] = (string) strlen($body);
        $pairs = '';
        foreach ($params as $name => $value) $pairs .= self::length($name) . self::length($value) . $name . $value;
        $input = '';
        foreach ($body === '' ? [] : str_split($body, 60_000) as $piece) $input .= self::record(self::STDIN, $piece);
        $sent = @fwrite($this->socket, self::record(self::BEGIN, pack('nCx5', 1, 1)) . self::record(self::PARAMS, $pairs)
            . self::record(self::PARAMS, '') . $input . self::record(self::STDIN, ''));
        $answer = $sent === false ? null : $this->answer();
        if ($answer === null) {
            fclose($this->socket);
            $this->socket = null;
            return null;
        }
        [$head, $rest] = explode("\r\n\r\n", $answer, 2);
        return [preg_match('/^Status: (\d+)/m', $head, $m) ? (int) $m[1] : 200, $head, $rest];
    }

    private function answer(): ?string
    {
        $out = '';
        for (;;) {
            $head = $this->read(8);
            if ($head === null) return null;
            ['type' => $type, 'size' => $size, 'pad' => $pad] = unpack('x/Ctype/x2/nsize/Cpad', $head);
            $body = $this->read($size + $pad);
            if ($body === null) return null;
            if ($type === self::STDOUT) $out .= substr($body, 0, $size);
            if ($type === self::END) return $out;
        }
    }

    private function read(int $n): ?string
    {
        $got = '';
        while (strlen($got) < $n) {
            $part = @fread($this->socket, $n - strlen($got));
            if ($part === false || $part === '') return null;
            $got .= $part;
        }
        return $got;
    }

    private static function record(int $type, string $body): string
    {
        return pack('CCnnCx', 1, $type, 1, strlen($body), 0) . $body;
    }

    private static function length(string $text): string
    {
        return strlen($text) < 128 ? chr(strlen($text)) : pack('N', strlen($text) | 0x80000000);
    }
}
