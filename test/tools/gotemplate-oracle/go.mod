module gotemplate-oracle

go 1.26

require slipway.test/shared v0.0.0

replace slipway.test/shared => ../shared
