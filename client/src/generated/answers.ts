import type { Form } from "../form.ts"

/** The form of each answer of an index, by its path. */
export const ANSWERS: { readonly [path: string]: Form } = {
 "/v1/status": {
  "type": "object",
  "required": [
   "chainId",
   "registry",
   "claims",
   "block",
   "tip",
   "error",
   "endpoints"
  ],
  "properties": {
   "chainId": {
    "type": "integer",
    "minimum": 0,
    "maximum": 9007199254740991
   },
   "registry": {
    "type": "string",
    "pattern": "^0x[0-9a-f]{40}$"
   },
   "claims": {
    "type": "string",
    "pattern": "^0x[0-9a-f]{40}$",
    "nullable": true
   },
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    },
    "nullable": true
   },
   "tip": {
    "type": "integer",
    "minimum": 0,
    "maximum": 9007199254740991,
    "nullable": true
   },
   "error": {
    "type": "string",
    "nullable": true
   },
   "endpoints": {
    "type": "array",
    "items": {
     "type": "object",
     "required": [
      "place",
      "reason"
     ],
     "properties": {
      "place": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "reason": {
       "type": "string"
      }
     }
    }
   }
  }
 },
 "/v1/operators": {
  "type": "object",
  "required": [
   "block",
   "items",
   "next"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "items": {
    "type": "array",
    "items": {
     "type": "object",
     "required": [
      "operator",
      "ledgers",
      "devices",
      "runs",
      "tallies"
     ],
     "properties": {
      "operator": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "ledgers": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "devices": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "runs": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "tallies": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      }
     }
    }
   },
   "next": {
    "type": "string",
    "nullable": true
   }
  }
 },
 "/v1/operators/{operator}": {
  "type": "object",
  "required": [
   "block",
   "item"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "item": {
    "type": "object",
    "required": [
     "operator",
     "ledgers",
     "devices",
     "runs",
     "tallies"
    ],
    "properties": {
     "operator": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{40}$"
     },
     "ledgers": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "devices": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "runs": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "tallies": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   }
  }
 },
 "/v1/vouchers": {
  "type": "object",
  "required": [
   "block",
   "items",
   "next"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "items": {
    "type": "array",
    "items": {
     "type": "object",
     "required": [
      "voucher",
      "ledgers",
      "devices",
      "runs"
     ],
     "properties": {
      "voucher": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "ledgers": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "devices": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "runs": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      }
     }
    }
   },
   "next": {
    "type": "string",
    "nullable": true
   }
  }
 },
 "/v1/vouchers/{voucher}": {
  "type": "object",
  "required": [
   "block",
   "item"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "item": {
    "type": "object",
    "required": [
     "voucher",
     "ledgers",
     "devices",
     "runs"
    ],
    "properties": {
     "voucher": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{40}$"
     },
     "ledgers": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "devices": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "runs": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   }
  }
 },
 "/v1/ledgers": {
  "type": "object",
  "required": [
   "block",
   "items",
   "next"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "items": {
    "type": "array",
    "items": {
     "type": "object",
     "required": [
      "ledger",
      "operator",
      "voucher",
      "length",
      "head",
      "devices",
      "vouched",
      "proved"
     ],
     "properties": {
      "ledger": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "operator": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "voucher": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "length": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "head": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "devices": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "vouched": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "proved": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      }
     }
    }
   },
   "next": {
    "type": "string",
    "nullable": true
   }
  }
 },
 "/v1/ledgers/{ledger}": {
  "type": "object",
  "required": [
   "block",
   "item"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "item": {
    "type": "object",
    "required": [
     "ledger",
     "operator",
     "voucher",
     "length",
     "head",
     "devices",
     "vouched",
     "proved"
    ],
    "properties": {
     "ledger": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "operator": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{40}$"
     },
     "voucher": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{40}$"
     },
     "length": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "head": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "devices": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "vouched": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "proved": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   }
  }
 },
 "/v1/devices": {
  "type": "object",
  "required": [
   "block",
   "items",
   "next"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "items": {
    "type": "array",
    "items": {
     "type": "object",
     "required": [
      "device",
      "ledger",
      "operator",
      "voucher",
      "boundary",
      "state",
      "runs",
      "through",
      "enrolledAt",
      "anchoredAt",
      "retiredRuns",
      "withdrawnSince"
     ],
     "properties": {
      "device": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "ledger": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "operator": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "voucher": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "boundary": {
       "type": "string",
       "maxLength": 1024
      },
      "state": {
       "type": "string",
       "maxLength": 1024
      },
      "runs": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "through": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "enrolledAt": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "anchoredAt": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991,
       "nullable": true
      },
      "retiredRuns": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991,
       "nullable": true
      },
      "withdrawnSince": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991,
       "nullable": true
      }
     }
    }
   },
   "next": {
    "type": "string",
    "nullable": true
   }
  }
 },
 "/v1/devices/{device}": {
  "type": "object",
  "required": [
   "block",
   "item"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "item": {
    "type": "object",
    "required": [
     "device",
     "ledger",
     "operator",
     "voucher",
     "boundary",
     "state",
     "runs",
     "through",
     "enrolledAt",
     "anchoredAt",
     "retiredRuns",
     "withdrawnSince"
    ],
    "properties": {
     "device": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "ledger": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "operator": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{40}$"
     },
     "voucher": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{40}$"
     },
     "boundary": {
      "type": "string",
      "maxLength": 1024
     },
     "state": {
      "type": "string",
      "maxLength": 1024
     },
     "runs": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "through": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "enrolledAt": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "anchoredAt": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991,
      "nullable": true
     },
     "retiredRuns": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991,
      "nullable": true
     },
     "withdrawnSince": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991,
      "nullable": true
     }
    }
   }
  }
 },
 "/v1/runs": {
  "type": "object",
  "required": [
   "block",
   "items",
   "next"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "items": {
    "type": "array",
    "items": {
     "type": "object",
     "required": [
      "ledger",
      "position",
      "device",
      "run",
      "root",
      "head",
      "through",
      "transaction",
      "block",
      "log",
      "time"
     ],
     "properties": {
      "ledger": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "position": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "device": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "run": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "root": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "head": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "through": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "transaction": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "block": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "log": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "time": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      }
     }
    }
   },
   "next": {
    "type": "string",
    "nullable": true
   }
  }
 },
 "/v1/vouches": {
  "type": "object",
  "required": [
   "block",
   "items",
   "next"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "items": {
    "type": "array",
    "items": {
     "type": "object",
     "required": [
      "device",
      "voucher",
      "operator",
      "evidence",
      "revision",
      "block",
      "log",
      "time"
     ],
     "properties": {
      "device": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "voucher": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "operator": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "evidence": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "revision": {
       "type": "boolean"
      },
      "block": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "log": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "time": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      }
     }
    }
   },
   "next": {
    "type": "string",
    "nullable": true
   }
  }
 },
 "/v1/enrolments": {
  "type": "object",
  "required": [
   "block",
   "items",
   "next"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "items": {
    "type": "array",
    "items": {
     "type": "object",
     "required": [
      "device",
      "ledger",
      "operator",
      "voucher",
      "scheme",
      "key",
      "boundary",
      "evidence",
      "block",
      "log",
      "time"
     ],
     "properties": {
      "device": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "ledger": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "operator": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "voucher": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "scheme": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "key": {
       "type": "string",
       "maxLength": 1024
      },
      "boundary": {
       "type": "string",
       "maxLength": 1024
      },
      "evidence": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "block": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "log": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "time": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      }
     }
    }
   },
   "next": {
    "type": "string",
    "nullable": true
   }
  }
 },
 "/v1/enrolments/{device}": {
  "type": "object",
  "required": [
   "block",
   "item"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "item": {
    "type": "object",
    "required": [
     "device",
     "ledger",
     "operator",
     "voucher",
     "scheme",
     "key",
     "boundary",
     "evidence",
     "block",
     "log",
     "time"
    ],
    "properties": {
     "device": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "ledger": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "operator": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{40}$"
     },
     "voucher": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{40}$"
     },
     "scheme": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "key": {
      "type": "string",
      "maxLength": 1024
     },
     "boundary": {
      "type": "string",
      "maxLength": 1024
     },
     "evidence": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "block": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "log": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   }
  }
 },
 "/v1/withdrawals": {
  "type": "object",
  "required": [
   "block",
   "items",
   "next"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "items": {
    "type": "array",
    "items": {
     "type": "object",
     "required": [
      "device",
      "voucher",
      "operator",
      "since",
      "block",
      "log",
      "time"
     ],
     "properties": {
      "device": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "voucher": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "operator": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "since": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "block": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "log": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "time": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      }
     }
    }
   },
   "next": {
    "type": "string",
    "nullable": true
   }
  }
 },
 "/v1/retirements": {
  "type": "object",
  "required": [
   "block",
   "items",
   "next"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "items": {
    "type": "array",
    "items": {
     "type": "object",
     "required": [
      "device",
      "runs",
      "block",
      "log",
      "time"
     ],
     "properties": {
      "device": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{64}$"
      },
      "runs": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "block": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "log": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "time": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      }
     }
    }
   },
   "next": {
    "type": "string",
    "nullable": true
   }
  }
 },
 "/v1/retirements/{device}": {
  "type": "object",
  "required": [
   "block",
   "item"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "item": {
    "type": "object",
    "required": [
     "device",
     "runs",
     "block",
     "log",
     "time"
    ],
    "properties": {
     "device": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "runs": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "block": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "log": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   }
  }
 },
 "/v1/tallies": {
  "type": "object",
  "required": [
   "block",
   "items",
   "next"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "items": {
    "type": "array",
    "items": {
     "type": "object",
     "required": [
      "operator",
      "number",
      "vouchers",
      "from",
      "to",
      "asOf",
      "boundary",
      "model",
      "unit",
      "zone",
      "site",
      "party",
      "energyGrade",
      "workGrade",
      "origin",
      "required",
      "parts",
      "runs",
      "unopened",
      "voids",
      "closedAt",
      "meteredAtLeastMs",
      "blindAtMost",
      "brokenAtMost",
      "suspect",
      "block",
      "log",
      "time"
     ],
     "properties": {
      "operator": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "number": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "vouchers": {
       "type": "array",
       "items": {
        "type": "string"
       }
      },
      "from": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "to": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "asOf": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "boundary": {
       "type": "string",
       "maxLength": 1024
      },
      "model": {
       "type": "string",
       "maxLength": 1024,
       "nullable": true
      },
      "unit": {
       "type": "string",
       "maxLength": 1024,
       "nullable": true
      },
      "zone": {
       "type": "string",
       "maxLength": 1024,
       "nullable": true
      },
      "site": {
       "type": "string",
       "maxLength": 1024,
       "nullable": true
      },
      "party": {
       "type": "string",
       "maxLength": 1024,
       "nullable": true
      },
      "energyGrade": {
       "type": "string",
       "maxLength": 1024
      },
      "workGrade": {
       "type": "string",
       "maxLength": 1024
      },
      "origin": {
       "type": "string",
       "maxLength": 1024
      },
      "required": {
       "type": "array",
       "items": {
        "type": "string"
       }
      },
      "parts": {
       "type": "array",
       "items": {
        "type": "string"
       }
      },
      "runs": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "unopened": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "voids": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "closedAt": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991,
       "nullable": true
      },
      "meteredAtLeastMs": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991,
       "nullable": true
      },
      "blindAtMost": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991,
       "nullable": true
      },
      "brokenAtMost": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991,
       "nullable": true
      },
      "suspect": {
       "type": "boolean"
      },
      "block": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "log": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "time": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      }
     }
    }
   },
   "next": {
    "type": "string",
    "nullable": true
   }
  }
 },
 "/v1/claims": {
  "type": "object",
  "required": [
   "block",
   "items",
   "next"
  ],
  "properties": {
   "block": {
    "type": "object",
    "required": [
     "number",
     "hash",
     "time"
    ],
    "properties": {
     "number": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     },
     "hash": {
      "type": "string",
      "pattern": "^0x[0-9a-f]{64}$"
     },
     "time": {
      "type": "integer",
      "minimum": 0,
      "maximum": 9007199254740991
     }
    }
   },
   "items": {
    "type": "array",
    "items": {
     "type": "object",
     "required": [
      "operator",
      "number",
      "place",
      "metric",
      "lo",
      "hi",
      "denominator",
      "strict",
      "sentence"
     ],
     "properties": {
      "operator": {
       "type": "string",
       "pattern": "^0x[0-9a-f]{40}$"
      },
      "number": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "place": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "metric": {
       "type": "string",
       "maxLength": 1024
      },
      "lo": {
       "type": "string",
       "pattern": "^[0-9]{1,25}$"
      },
      "hi": {
       "type": "string",
       "pattern": "^[0-9]{1,25}$"
      },
      "denominator": {
       "type": "integer",
       "minimum": 0,
       "maximum": 9007199254740991
      },
      "strict": {
       "type": "boolean"
      },
      "sentence": {
       "type": "string",
       "maxLength": 1024
      }
     }
    }
   },
   "next": {
    "type": "string",
    "nullable": true
   }
  }
 }
}
