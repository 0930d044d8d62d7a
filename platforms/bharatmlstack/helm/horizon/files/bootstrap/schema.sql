-- The tables that Horizon's repositories read and write, as far as they must exist before its first start.
-- Every statement may run again: a table that exists stays as it is. Approval tables of one shape are made LIKE the first of them.

-- Accounts and what they may see -----------------------------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS users (
  id            BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  first_name    VARCHAR(50)  NOT NULL,
  last_name     VARCHAR(50)  NOT NULL,
  email         VARCHAR(100) NOT NULL UNIQUE,
  password_hash VARCHAR(255) NOT NULL,
  role          VARCHAR(10)  DEFAULT 'user' CHECK (role IN ('user', 'admin')),
  is_active     BOOLEAN      DEFAULT FALSE,
  created_at    TIMESTAMP    NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at    TIMESTAMP    NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS user_tokens (
  id         BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  user_email VARCHAR(255) NOT NULL,
  token      VARCHAR(255) NOT NULL UNIQUE,
  created_at TIMESTAMP    NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at TIMESTAMP    NOT NULL
);
CREATE TABLE IF NOT EXISTS role_permission (
  id          INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  role        VARCHAR(255) NOT NULL,
  service     VARCHAR(255) NOT NULL,
  screen_type VARCHAR(255) NOT NULL,
  module      VARCHAR(255) NOT NULL,
  created_at  DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at  DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS api_resolvers (
  id          INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  method      VARCHAR(255) NOT NULL,
  api_path    VARCHAR(255) NOT NULL,
  resolver_fn VARCHAR(255) NOT NULL,
  created_at  DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at  DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);

-- The feature store's registry: each row is a request that somebody approves or rejects -------------------------------------------
CREATE TABLE IF NOT EXISTS entity (
  request_id    INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  payload       TEXT NOT NULL,
  entity_label  VARCHAR(255) NOT NULL,
  created_by    VARCHAR(255) NOT NULL,
  approved_by   VARCHAR(255) NOT NULL,
  status        VARCHAR(255) NOT NULL,
  request_type  VARCHAR(255) NOT NULL,
  service       VARCHAR(255) NOT NULL,
  reject_reason VARCHAR(255) NOT NULL,
  created_at    DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at    DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS feature_group (
  request_id          INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  entity_label        VARCHAR(255) NOT NULL,
  feature_group_label VARCHAR(255) NOT NULL,
  payload             JSON NOT NULL,
  created_by          VARCHAR(255) NOT NULL,
  approved_by         VARCHAR(255) NOT NULL,
  status              VARCHAR(255) NOT NULL,
  request_type        VARCHAR(255) NOT NULL,
  service             VARCHAR(255) NOT NULL,
  reject_reason       VARCHAR(255) NOT NULL,
  created_at          DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at          DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS features LIKE feature_group;
CREATE TABLE IF NOT EXISTS job (
  request_id    INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  job_id        VARCHAR(255) NOT NULL,
  payload       TEXT NOT NULL,
  created_by    VARCHAR(255) NOT NULL,
  approved_by   VARCHAR(255) NOT NULL,
  status        VARCHAR(255) NOT NULL,
  service       VARCHAR(255) NOT NULL,
  reject_reason VARCHAR(255) NOT NULL,
  created_at    DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at    DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS store (
  request_id    INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  payload       TEXT NOT NULL,
  created_by    VARCHAR(255) NOT NULL,
  approved_by   VARCHAR(255) NOT NULL,
  status        VARCHAR(255) NOT NULL,
  service       VARCHAR(255) NOT NULL,
  reject_reason VARCHAR(255) NOT NULL,
  created_at    DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at    DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);

-- The embedding platform's requests, tasks and locks -----------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS store_requests (
  request_id   INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  reason       TEXT NOT NULL,
  payload      TEXT NOT NULL,
  request_type TEXT NOT NULL,
  created_by   VARCHAR(255) NOT NULL,
  approved_by  VARCHAR(255),
  status       VARCHAR(255) NOT NULL DEFAULT 'PENDING',
  created_at   DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at   DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS entity_requests LIKE store_requests;
CREATE TABLE IF NOT EXISTS model_requests LIKE store_requests;
CREATE TABLE IF NOT EXISTS variant_requests LIKE store_requests;
CREATE TABLE IF NOT EXISTS filter_requests LIKE store_requests;
CREATE TABLE IF NOT EXISTS job_frequency_requests LIKE store_requests;
CREATE TABLE IF NOT EXISTS qdrant_cluster_requests LIKE store_requests;
CREATE TABLE IF NOT EXISTS variant_promotion_requests LIKE store_requests;
CREATE TABLE IF NOT EXISTS variant_onboarding_requests LIKE store_requests;
CREATE TABLE IF NOT EXISTS variant_scaleup_requests LIKE store_requests;
CREATE TABLE IF NOT EXISTS variant_onboarding_tasks (
  task_id    INT AUTO_INCREMENT PRIMARY KEY,
  entity     VARCHAR(255) NOT NULL,
  model      VARCHAR(255) NOT NULL,
  variant    VARCHAR(255) NOT NULL,
  payload    TEXT,
  status     VARCHAR(50) NOT NULL DEFAULT 'PENDING',
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  INDEX idx_status (status),
  INDEX idx_created_at (created_at)
);
CREATE TABLE IF NOT EXISTS variant_scaleup_tasks (
  task_id            INT AUTO_INCREMENT PRIMARY KEY,
  entity             VARCHAR(255) NOT NULL,
  model              VARCHAR(255) NOT NULL,
  variant            VARCHAR(255) NOT NULL,
  vector_db_type     VARCHAR(255) NOT NULL,
  scale_up_host      VARCHAR(255) NOT NULL,
  training_data_path TEXT,
  payload            TEXT,
  status             VARCHAR(50) NOT NULL DEFAULT 'PENDING',
  created_at         TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  updated_at         TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  INDEX idx_status (status)
);
-- Horizon's schedulers run in every replica; the one that writes its row here does the work.
CREATE TABLE IF NOT EXISTS skye_job_locks (
  id         INT AUTO_INCREMENT PRIMARY KEY,
  job_key    VARCHAR(255) NOT NULL UNIQUE,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS schedule_job (
  entry_date DATE PRIMARY KEY,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);

-- Applications, services and where they run --------------------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS application_config (
  app_token  VARCHAR(255) PRIMARY KEY,
  bu         VARCHAR(255) NOT NULL,
  team       VARCHAR(255) NOT NULL,
  service    VARCHAR(255) NOT NULL,
  active     BOOLEAN NOT NULL,
  created_by VARCHAR(255) NOT NULL,
  updated_by VARCHAR(255),
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS circuit_breakers (
  id                           INT PRIMARY KEY,
  name                         VARCHAR(255) NOT NULL UNIQUE,
  enabled                      BOOLEAN DEFAULT TRUE,
  slow_call_rate_threshold     INT,
  failure_rate_threshold       INT,
  sliding_window_type          VARCHAR(255) NOT NULL,
  sliding_window_size          INT NOT NULL,
  minimum_no_of_calls          INT,
  auto_transition_open_to_half BOOLEAN DEFAULT TRUE,
  max_wait_half_open_state     INT,
  wait_open_state              INT,
  slow_call_duration           INT,
  permitted_calls_half_open    INT,
  bh_name                      INT UNIQUE,
  bh_core_pool_size            INT,
  bh_max_pool_size             INT,
  bh_queue_size                INT,
  bh_fallback_core_size        INT,
  bh_keep_alive_ms             INT,
  created_by                   VARCHAR(255),
  updated_by                   VARCHAR(255),
  created_at                   DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at                   DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS service_connection_config (
  id            INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  `default`     BOOLEAN NOT NULL,
  service       VARCHAR(255) NOT NULL,
  conn_protocol VARCHAR(255) NOT NULL,
  http_config   JSON NOT NULL,
  grpc_config   JSON NOT NULL,
  active        BOOLEAN NOT NULL,
  created_by    VARCHAR(255) NOT NULL,
  updated_by    VARCHAR(255),
  created_at    DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at    DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS service_config (
  id              INT PRIMARY KEY,
  service_name    VARCHAR(255) NOT NULL,
  primary_owner   VARCHAR(255),
  secondary_owner VARCHAR(255),
  repo_name       VARCHAR(255),
  branch_name     VARCHAR(255),
  health_check    VARCHAR(255),
  app_port        INT,
  team            VARCHAR(255),
  bu              VARCHAR(255),
  priority_v2     VARCHAR(255),
  module          VARCHAR(255),
  app_type        VARCHAR(255),
  ingress_class   VARCHAR(255),
  build_no        VARCHAR(255),
  config          JSON,
  created_at      DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at      DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS service_deployable_config (
  id                        INT AUTO_INCREMENT PRIMARY KEY,
  name                      VARCHAR(255),
  host                      VARCHAR(255) NOT NULL UNIQUE,
  active                    BOOLEAN DEFAULT FALSE,
  service                   ENUM ('inferflow', 'predator', 'numerix'),
  created_by                VARCHAR(255),
  updated_by                VARCHAR(255),
  config                    JSON,
  monitoring_url            VARCHAR(512),
  deployable_running_status BOOLEAN,
  deployable_work_flow_id   VARCHAR(255),
  deployment_run_id         VARCHAR(255),
  deployable_health         ENUM ('DEPLOYMENT_REASON_ARGO_APP_HEALTH_DEGRADED', 'DEPLOYMENT_REASON_ARGO_APP_HEALTHY'),
  work_flow_status          ENUM ('WORKFLOW_COMPLETED', 'WORKFLOW_NOT_FOUND', 'WORKFLOW_RUNNING', 'WORKFLOW_FAILED', 'WORKFLOW_NOT_STARTED'),
  override_testing          BOOLEAN DEFAULT FALSE,
  deployable_tag            VARCHAR(255),
  bulk_delete_enabled       BOOLEAN NOT NULL DEFAULT FALSE,
  created_at                DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at                DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS deployable_metadata (
  id         INT PRIMARY KEY,
  `key`      VARCHAR(255) NOT NULL,
  value      VARCHAR(255) NOT NULL,
  active     BOOLEAN DEFAULT TRUE,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS discovery_config (
  id                             INT AUTO_INCREMENT PRIMARY KEY,
  app_token                      VARCHAR(255),
  service_deployable_id          INT,
  circuit_breaker_id             INT,
  service_connection_id          INT,
  route_service_connection_id    INT,
  route_service_deployable_id    INT,
  route_percent                  INT,
  active                         BOOLEAN DEFAULT TRUE,
  default_response               VARCHAR(5000),
  default_response_percent       INT,
  default_response_enabled_forCB BOOLEAN DEFAULT FALSE,
  created_by                     VARCHAR(255),
  updated_by                     VARCHAR(255),
  created_at                     DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at                     DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS group_id_counter (
  id         BIGINT AUTO_INCREMENT PRIMARY KEY,
  counter    BIGINT NOT NULL,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);

-- Configurations of Inferflow, Numerix and Predator, and the requests that change them ---------------------------------------------
CREATE TABLE IF NOT EXISTS inferflow_config (
  id               INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  discovery_id     INT NOT NULL,
  config_id        VARCHAR(255) NOT NULL UNIQUE,
  config_value     JSON NOT NULL,
  default_response JSON,
  created_by       VARCHAR(255) NOT NULL,
  updated_by       VARCHAR(255),
  active           BOOLEAN NOT NULL,
  test_results     JSON,
  created_at       DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at       DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS inferflow_request (
  request_id    INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  config_id     VARCHAR(255) NOT NULL,
  payload       JSON NOT NULL,
  created_by    VARCHAR(255) NOT NULL,
  version       INT NOT NULL DEFAULT 1,
  updated_by    VARCHAR(255),
  reviewer      VARCHAR(255),
  status        VARCHAR(255) NOT NULL,
  request_type  VARCHAR(255) NOT NULL,
  reject_reason VARCHAR(255),
  active        BOOLEAN NOT NULL,
  created_at    DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at    DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS numerix_config (
  id           INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  config_id    INT UNSIGNED NOT NULL UNIQUE,
  config_value JSON NOT NULL,
  created_by   VARCHAR(255) NOT NULL,
  updated_by   VARCHAR(255),
  active       BOOLEAN NOT NULL,
  test_results JSON,
  created_at   DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at   DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS numerix_request (
  request_id    INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  config_id     INT UNSIGNED NOT NULL,
  created_by    VARCHAR(255) NOT NULL,
  updated_by    VARCHAR(255),
  reviewer      VARCHAR(255) NOT NULL,
  status        VARCHAR(255) NOT NULL,
  request_type  VARCHAR(255) NOT NULL,
  reject_reason VARCHAR(255),
  payload       JSON NOT NULL,
  created_at    DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at    DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS numerix_binary_ops (
  id         INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  operator   VARCHAR(255) NOT NULL,
  precedence INT UNSIGNED NOT NULL,
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS numerix_unary_ops (
  id         INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  operator   VARCHAR(255) NOT NULL,
  parameters INT UNSIGNED NOT NULL,
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS predator_config (
  id                  INT AUTO_INCREMENT PRIMARY KEY,
  discovery_config_id INT NOT NULL,
  model_name          VARCHAR(255) NOT NULL,
  meta_data           JSON,
  active              BOOLEAN DEFAULT TRUE,
  created_by          VARCHAR(255),
  updated_by          VARCHAR(255),
  test_results        JSON,
  has_nil_data        BOOLEAN DEFAULT FALSE,
  created_at          DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at          DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS predator_requests (
  request_id    INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  group_id      INT UNSIGNED NOT NULL,
  model_name    VARCHAR(255) NOT NULL,
  payload       JSON NOT NULL,
  created_by    VARCHAR(255) NOT NULL,
  updated_by    VARCHAR(255),
  reviewer      VARCHAR(255),
  request_stage ENUM ('Clone To Bucket', 'Restart Deployable', 'DB Population', 'Pending', 'Request Payload Error') DEFAULT 'Pending',
  request_type  ENUM ('Onboard', 'ScaleUp', 'Promote', 'Delete', 'Edit') NOT NULL,
  status        ENUM ('Pending Approval', 'Approved', 'Rejected', 'Cancelled', 'Failed', 'In Progress', '') DEFAULT 'Pending Approval',
  active        BOOLEAN DEFAULT TRUE,
  reject_reason VARCHAR(255),
  is_valid      BOOLEAN DEFAULT FALSE,
  created_at    DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at    DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS validation_jobs (
  id                    INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  group_id              VARCHAR(255) NOT NULL,
  lock_id               INT UNSIGNED NOT NULL,
  test_deployable_id    INT NOT NULL,
  service_name          VARCHAR(255) NOT NULL,
  status                VARCHAR(50) NOT NULL,
  validation_result     BOOLEAN,
  error_message         TEXT,
  restarted_at          DATETIME,
  last_health_check     DATETIME,
  health_check_count    INT DEFAULT 0,
  max_health_checks     INT DEFAULT 10,
  health_check_interval INT DEFAULT 30,
  created_at            DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at            DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  INDEX idx_group_id (group_id),
  INDEX idx_lock_id (lock_id),
  INDEX idx_status (status)
);
CREATE TABLE IF NOT EXISTS validation_locks (
  id          INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  lock_key    VARCHAR(255) NOT NULL UNIQUE,
  locked_by   VARCHAR(255) NOT NULL,
  locked_at   DATETIME NOT NULL,
  expires_at  DATETIME NOT NULL,
  group_id    VARCHAR(255),
  description TEXT,
  created_at  DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at  DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  INDEX idx_expires_at (expires_at)
);
