create table users (
  number integer primary key,
  user_name varchar(256) not null unique,
  full_name varchar(1000),
  -- made by: php -r 'echo password_hash(readline(), PASSWORD_DEFAULT), "\n";'
  password_hash varchar(255)
);
create table addresses (
  user_number integer not null references users,
  position integer not null,
  address varchar(320) not null unique,
  primary key (user_number, position)
);
insert into users values
  (4711, 'john.doe', 'John Doe', '$2y$10$LJZ9zTsXoeOCMQspsExfke400x9LM0Tvy7GxKZ4BPI.3K6bMh/qd.'),
  (4712, 'zoe', 'Zoë O''Hara', '$2y$10$tw4C885DExj02J1iHqWEE.46wI0JCMIComukJNJLp9qvjM4iaORdu');
insert into addresses values
  (4711, 1, 'john.doe@example.com'),
  (4711, 2, 'jd@example.com'),
  (4712, 1, 'zoe.ohara@example.com');
