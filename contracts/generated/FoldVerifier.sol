// SPDX-License-Identifier: GPL-3.0
/*
    Copyright 2021 0KIMS association.

    This file is generated with [snarkJS](https://github.com/iden3/snarkjs).

    snarkJS is a free software: you can redistribute it and/or modify it
    under the terms of the GNU General Public License as published by
    the Free Software Foundation, either version 3 of the License, or
    (at your option) any later version.

    snarkJS is distributed in the hope that it will be useful, but WITHOUT
    ANY WARRANTY; without even the implied warranty of MERCHANTABILITY
    or FITNESS FOR A PARTICULAR PURPOSE. See the GNU General Public
    License for more details.

    You should have received a copy of the GNU General Public License
    along with snarkJS. If not, see <https://www.gnu.org/licenses/>.
*/

pragma solidity >=0.7.0 <0.9.0;

contract FoldVerifier {
    // Scalar field size
    uint256 constant r    = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    // Base field size
    uint256 constant q   = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    // Verification Key data
    uint256 constant alphax  = 10489868967420354795763259398222994762756073240265805099054305280733856296168;
    uint256 constant alphay  = 150617846551602986744419548209058241537037807604609555953641531729645599981;
    uint256 constant betax1  = 6425169237521779854637356920654988167253143641323489294386542504888508669053;
    uint256 constant betax2  = 18871511188724445639678007487879889206491051290162813430868983328689133596616;
    uint256 constant betay1  = 6721667153872180778459246858039671721821492430147093522693180962742933916105;
    uint256 constant betay2  = 6785716018848320884632005498682978297330996276992916233647131227268213093591;
    uint256 constant gammax1 = 11559732032986387107991004021392285783925812861821192530917403151452391805634;
    uint256 constant gammax2 = 10857046999023057135944570762232829481370756359578518086990519993285655852781;
    uint256 constant gammay1 = 4082367875863433681332203403145435568316851327593401208105741076214120093531;
    uint256 constant gammay2 = 8495653923123431417604973247489272438418190587263600148770280649306958101930;
    uint256 constant deltax1 = 1949240372427830269518421809634466251021885548829020168363001279962224160054;
    uint256 constant deltax2 = 8129813877502796279157437140822405245168016412065792764103166337963217489460;
    uint256 constant deltay1 = 21117050727351236786982495939893603654315983596339976630067687324845388917117;
    uint256 constant deltay2 = 15567592318034150248778261688316462977977050364209835282628640596499734116175;

    
    uint256 constant IC0x = 6691913410286096174854626350582315083561708145466205247878246576724126618297;
    uint256 constant IC0y = 19361431644731834664820399296427126744477010731185630484689544490716895971292;
    
    uint256 constant IC1x = 21738989467075104949652117654573981095529165505221331094281987102917423549637;
    uint256 constant IC1y = 1869891336961798236211965776710225468718320723761903954538136501187042297903;
    
    uint256 constant IC2x = 16971174593685459522636772388766576117711600079732722489964403048189224324402;
    uint256 constant IC2y = 483457369297423753373451991387835439503901265820426572589406378768061694982;
    
    uint256 constant IC3x = 4915264398781407108898520739307540264125125797191310187243741545018424952787;
    uint256 constant IC3y = 21472646352576619737064238784919785477766075383947420332831362285448502560572;
    
    uint256 constant IC4x = 16622747476316912832701545225177667431487328144696329204418837414062770518392;
    uint256 constant IC4y = 12099466449262665164283493735632959026084343870467560045593013770343524049519;
    
    uint256 constant IC5x = 3074407105460957256454138932769056269407406692344045781716048773609380218795;
    uint256 constant IC5y = 21410622251575492101270665065135141986957188785019308518683450176026565317689;
    
    uint256 constant IC6x = 18941835307337977182665697615355634847255713788034038390777579339220252885437;
    uint256 constant IC6y = 20802187203901231288741131295887124033360452500531123691299259105813596738548;
    
    uint256 constant IC7x = 8148147590033085658109806131512102479684227779067052263091942155584855202599;
    uint256 constant IC7y = 2987940978536324640930408701433134128760036301921078240159222125075135745066;
    
    uint256 constant IC8x = 12945474016759430760887210999615495586875723062487431853659415389966586273965;
    uint256 constant IC8y = 21749070557115454502027699243875293294205988376141848201325359267314861397209;
    
    uint256 constant IC9x = 6225605528033003459829615767659816099155029974096368776491427390277923778003;
    uint256 constant IC9y = 19027361716026327284145338258766264358349465370804271575902935543932783851942;
    
 
    // Memory data
    uint16 constant pVk = 0;
    uint16 constant pPairing = 128;

    uint16 constant pLastMem = 896;

    function verifyProof(uint[2] calldata _pA, uint[2][2] calldata _pB, uint[2] calldata _pC, uint[9] calldata _pubSignals) public view returns (bool) {
        assembly {
            function checkField(v) {
                if iszero(lt(v, r)) {
                    mstore(0, 0)
                    return(0, 0x20)
                }
            }
            
            // G1 function to multiply a G1 value(x,y) to value in an address
            function g1_mulAccC(pR, x, y, s) {
                let success
                let mIn := mload(0x40)
                mstore(mIn, x)
                mstore(add(mIn, 32), y)
                mstore(add(mIn, 64), s)

                success := staticcall(sub(gas(), 2000), 7, mIn, 96, mIn, 64)

                if iszero(success) {
                    mstore(0, 0)
                    return(0, 0x20)
                }

                mstore(add(mIn, 64), mload(pR))
                mstore(add(mIn, 96), mload(add(pR, 32)))

                success := staticcall(sub(gas(), 2000), 6, mIn, 128, pR, 64)

                if iszero(success) {
                    mstore(0, 0)
                    return(0, 0x20)
                }
            }

            function checkPairing(pA, pB, pC, pubSignals, pMem) -> isOk {
                let _pPairing := add(pMem, pPairing)
                let _pVk := add(pMem, pVk)

                mstore(_pVk, IC0x)
                mstore(add(_pVk, 32), IC0y)

                // Compute the linear combination vk_x
                
                g1_mulAccC(_pVk, IC1x, IC1y, calldataload(add(pubSignals, 0)))
                
                g1_mulAccC(_pVk, IC2x, IC2y, calldataload(add(pubSignals, 32)))
                
                g1_mulAccC(_pVk, IC3x, IC3y, calldataload(add(pubSignals, 64)))
                
                g1_mulAccC(_pVk, IC4x, IC4y, calldataload(add(pubSignals, 96)))
                
                g1_mulAccC(_pVk, IC5x, IC5y, calldataload(add(pubSignals, 128)))
                
                g1_mulAccC(_pVk, IC6x, IC6y, calldataload(add(pubSignals, 160)))
                
                g1_mulAccC(_pVk, IC7x, IC7y, calldataload(add(pubSignals, 192)))
                
                g1_mulAccC(_pVk, IC8x, IC8y, calldataload(add(pubSignals, 224)))
                
                g1_mulAccC(_pVk, IC9x, IC9y, calldataload(add(pubSignals, 256)))
                

                // -A
                mstore(_pPairing, calldataload(pA))
                mstore(add(_pPairing, 32), mod(sub(q, calldataload(add(pA, 32))), q))

                // B
                mstore(add(_pPairing, 64), calldataload(pB))
                mstore(add(_pPairing, 96), calldataload(add(pB, 32)))
                mstore(add(_pPairing, 128), calldataload(add(pB, 64)))
                mstore(add(_pPairing, 160), calldataload(add(pB, 96)))

                // alpha1
                mstore(add(_pPairing, 192), alphax)
                mstore(add(_pPairing, 224), alphay)

                // beta2
                mstore(add(_pPairing, 256), betax1)
                mstore(add(_pPairing, 288), betax2)
                mstore(add(_pPairing, 320), betay1)
                mstore(add(_pPairing, 352), betay2)

                // vk_x
                mstore(add(_pPairing, 384), mload(add(pMem, pVk)))
                mstore(add(_pPairing, 416), mload(add(pMem, add(pVk, 32))))


                // gamma2
                mstore(add(_pPairing, 448), gammax1)
                mstore(add(_pPairing, 480), gammax2)
                mstore(add(_pPairing, 512), gammay1)
                mstore(add(_pPairing, 544), gammay2)

                // C
                mstore(add(_pPairing, 576), calldataload(pC))
                mstore(add(_pPairing, 608), calldataload(add(pC, 32)))

                // delta2
                mstore(add(_pPairing, 640), deltax1)
                mstore(add(_pPairing, 672), deltax2)
                mstore(add(_pPairing, 704), deltay1)
                mstore(add(_pPairing, 736), deltay2)


                let success := staticcall(sub(gas(), 2000), 8, _pPairing, 768, _pPairing, 0x20)

                isOk := and(success, mload(_pPairing))
            }

            let pMem := mload(0x40)
            mstore(0x40, add(pMem, pLastMem))

            // Validate that all evaluations ∈ F
            
            checkField(calldataload(add(_pubSignals, 0)))
            
            checkField(calldataload(add(_pubSignals, 32)))
            
            checkField(calldataload(add(_pubSignals, 64)))
            
            checkField(calldataload(add(_pubSignals, 96)))
            
            checkField(calldataload(add(_pubSignals, 128)))
            
            checkField(calldataload(add(_pubSignals, 160)))
            
            checkField(calldataload(add(_pubSignals, 192)))
            
            checkField(calldataload(add(_pubSignals, 224)))
            
            checkField(calldataload(add(_pubSignals, 256)))
            

            // Validate all evaluations
            let isValid := checkPairing(_pA, _pB, _pC, _pubSignals, pMem)

            mstore(0, isValid)
             return(0, 0x20)
         }
     }
 }
