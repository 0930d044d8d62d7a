module slipway/test/tools/apiload

go 1.26
