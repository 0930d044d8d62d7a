module slipway/test/tools/measure

go 1.26
