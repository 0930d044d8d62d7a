module slipway.test/shared

go 1.26
