<?php
// A directory for rollcall: PHP over two tables of an SQL database, with PDO. README.md says how to run it.
declare(strict_types=1);

// A notice or a compression would stand in the way of the JSON and its length.
ini_set('display_errors', '0');
ini_set('zlib.output_compression', '0');

// Checked for unknown names, so that they take as long as known ones. Of nobody's password; with the cost of the others.
const DUMMY_HASH = '$2y$10$TH4AFShtZnVG8mipDpjcjOtZyujv1XDeP7mYI9.dOALy6hW.aY/x6';

/** Everything is sent at once, with its length, so that an answer that is cut is recognized. */
function send(int $status, array $value): never
{
    $json = json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
    http_response_code($status);
    if ($status === 401) {
        header('WWW-Authenticate: Basic realm="directory", charset="UTF-8"');
    }
    if ($status === 405) {
        header('Allow: POST');
    }
    header('Content-Type: application/json; charset=utf-8');
    header('Content-Length: ' . strlen($json));
    echo $json;
    exit;
}

function setting(string $name, ?string $default = null): string
{
    $value = getenv($name);
    if ($value === false || $value === '') {
        return $default ?? throw new RuntimeException("$name is not set");
    }
    return $value;
}

/** A parameter of the form; PHP makes an array of cmd[]=list. */
function field(string $name): string
{
    return is_string($_POST[$name] ?? null) ? $_POST[$name] : '';
}

/** Both are compared always, and in constant time. (Apache with FastCGI needs "CGIPassAuth On".) */
function isService(): bool
{
    $user = hash_equals(setting('SERVICE_USER'), $_SERVER['PHP_AUTH_USER'] ?? '');
    $password = hash_equals(setting('SERVICE_PASSWORD'), $_SERVER['PHP_AUTH_PW'] ?? '');
    return $user && $password;
}

function database(): PDO
{
    $dsn = setting('DATABASE_DSN', 'sqlite:' . __DIR__ . '/people.sqlite');
    return new PDO($dsn, getenv('DATABASE_USER') ?: null, getenv('DATABASE_PASSWORD') ?: null, [
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
        PDO::ATTR_EMULATE_PREPARES => false,
    ]);
}

/** One query, so that nobody is missing who is changed meanwhile. */
function people(PDO $database): array
{
    $rows = $database->query(
        'select u.number, u.user_name, u.full_name, a.address
         from users u left join addresses a on a.user_number = u.number
         order by u.number, a.position'
    );
    $people = [];
    foreach ($rows as $row) {
        $people[$row['number']] ??= [
            'userName' => $row['user_name'],
            // A number that stays when the name changes: it tells who is who.
            'distinguishedName' => "UID={$row['number']},OU=Staff,DC=example,DC=com",
            'fullName' => $row['full_name'],
            // The first is the primary address.
            'emailAddresses' => [],
        ];
        if ($row['address'] !== null) {
            $people[$row['number']]['emailAddresses'][] = $row['address'];
        }
    }
    return array_values($people);
}

function isPasswordOf(PDO $database, string $userName, string $password): bool
{
    // The name is bound, and never part of the text of a query.
    $query = $database->prepare('select password_hash from users where user_name = ?');
    $query->execute([$userName]);
    $hash = $query->fetchColumn();
    $isCorrect = password_verify($password, is_string($hash) ? $hash : DUMMY_HASH);
    return $isCorrect && is_string($hash) && $password !== '';
}

try {
    if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
        send(405, ['error' => 'only POST is accepted']);
    }
    if (!isService()) {
        send(401, ['error' => 'wrong service user or password']);
    }
    match (field('cmd')) {
        'list' => send(200, people(database())),
        'auth' => send(200, ['authenticated' => isPasswordOf(database(), field('userName'), field('password'))]),
        default => send(400, ['error' => 'cmd must be list or auth']),
    };
} catch (Throwable $error) {
    // Neither a name nor a password belongs into a log.
    error_log('failed: ' . $error::class . ' in line ' . $error->getLine());
    send(500, ['error' => 'see the log of the directory']);
}
