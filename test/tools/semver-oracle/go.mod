module slipway/semver-oracle

go 1.26

require github.com/Masterminds/semver/v3 v3.5.0

require slipway.test/shared v0.0.0

replace slipway.test/shared => ../shared
